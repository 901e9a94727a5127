/**
 * True for a resource that is no table, routine, folder or file but the service's list of them: `_table`, `_model`.
 * Who reaches the service may ask for it, since it is answered from what the caller sees.
 */
export function isOverview(resource: string): boolean {
  const slash = resource.indexOf('/')
  if (slash >= 0 && slash < resource.length - 1) return false
  return resource === '' || /^_[a-z]+\/?$/.test(resource)
}
