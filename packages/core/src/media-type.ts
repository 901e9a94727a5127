/** `text/csv; charset=utf-8` -> `text/csv` */
export function bareMediaType(mediaType: string): string {
  return (mediaType.split(';', 1)[0] ?? '').trim().toLowerCase()
}

const texts: ReadonlySet<string> = new Set([
  'application/javascript',
  'application/json',
  'application/ndjson',
  'application/rtf',
  'application/sql',
  'application/toml',
  'application/x-ndjson',
  'application/x-sh',
  'application/x-yaml',
  'application/xml',
  'application/yaml',
  'image/svg+xml',
])

/** True for what a person or a model can read as it is. */
export function isTextType(mediaType: string): boolean {
  const bare = bareMediaType(mediaType)
  return bare.startsWith('text/') || bare.endsWith('+json') || bare.endsWith('+xml') || texts.has(bare)
}
