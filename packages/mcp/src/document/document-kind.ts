const office = 'application/vnd.openxmlformats-officedocument'

/** Documents whose text can be read, by their media types. */
const kinds = {
  'application/pdf': 'pdf',
  [`${office}.wordprocessingml.document`]: 'docx',
  [`${office}.spreadsheetml.sheet`]: 'xlsx',
  [`${office}.presentationml.presentation`]: 'pptx',
} as const

export type DocumentKind = (typeof kinds)[keyof typeof kinds]

export function documentKind(mediaType: string): DocumentKind | undefined {
  return Object.hasOwn(kinds, mediaType) ? kinds[mediaType as keyof typeof kinds] : undefined
}
