/** Whether a host is this machine, which nobody is on the way to. IPv6 with or without brackets. */
export function isThisMachine(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/.test(host)
}

/** True for an https URL, and for any of this machine: what others could read on its way is not taken. */
export function localOrHttps(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && isThisMachine(hostname))
}
