/** Files as resources. `{+path}`: slashes are not encoded. */
export const fileTemplate = 'gatehouse://{service}/files/{+path}'

export function fileUri(service: string, path: string): string {
  return `gatehouse://${encodeURIComponent(service)}/files/${path.split('/').map(encodeURIComponent).join('/')}`
}

/** The service and the path of a file's URI, decoded once; undefined for any other URI. */
export function readFileUri(uri: string): { readonly service: string; readonly path: string } | undefined {
  const match = /^gatehouse:\/\/([^/]+)\/files\/(.+)$/s.exec(uri)
  if (!match) return undefined
  try {
    return { service: decodeURIComponent(match[1] ?? ''), path: decodeURIComponent(match[2] ?? '') }
  } catch {
    return undefined
  }
}
