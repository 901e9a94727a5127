const loopback = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::(\d{1,5}))?((?:[/?].*)?)$/

/** Schemes that run or show what an address carries, or that reach into this machine. */
const refusedSchemes = new Set([
  'javascript:',
  'data:',
  'vbscript:',
  'file:',
  'blob:',
  'about:',
  'filesystem:',
  'view-source:',
  'ws:',
  'wss:',
  'ftp:',
])

/**
 * True for an address that answers may be sent to: https, http to this very machine (RFC 8252, 7.3), or a scheme of an
 * app's own (7.1).
 */
export function isRedirectUri(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be in it
  if (text.length > 2000 || /[\u0000-\u0020\u007f-\uffff\\"'<>`{}|^*]/.test(text) || text.includes('#')) return false
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return false
  if (url.protocol === 'https:') return /^https:\/\/[^/]/.test(text) && url.hostname !== ''
  if (url.protocol === 'http:') return isLoopback(text)
  return !refusedSchemes.has(url.protocol) && /^[a-z][a-z0-9+.-]*:\/?[^/]|^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(text)
}

function isLoopback(uri: string): boolean {
  return loopback.test(uri)
}

/**
 * True where `given` is `registered`, byte for byte. Programs on a person's machine take a port that is free, so that of
 * a loopback address is theirs to choose; nothing else is.
 */
export function matchesRedirect(registered: string, given: string): boolean {
  if (registered === given) return true
  const a = loopback.exec(registered)
  const b = loopback.exec(given)
  return a !== null && b !== null && a[1] === b[1] && a[3] === b[3] && Number(b[2] ?? 80) <= 65_535
}

/** Who gets the answer, as a person reads it. */
export function redirectHost(uri: string): string {
  if (isLoopback(uri)) return 'a program on this device'
  const url = new URL(uri)
  return url.protocol === 'https:' ? url.host : `the app that opens ${url.protocol}`
}
