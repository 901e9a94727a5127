/** Whether an address is this one, or below it where it ends in a slash. Query and fragment are its own. */
export function isAt({ origin, pathname }: URL, place: string): boolean {
  const allowed = URL.canParse(place) ? new URL(place) : undefined
  if (origin !== allowed?.origin) return false
  if (pathname === allowed.pathname) return true
  // What is an encoded slash here may be one to the page's server, with dots before it.
  return allowed.pathname.endsWith('/') && pathname.startsWith(allowed.pathname) && !/%2f|%5c/i.test(pathname)
}
