import { createHash, randomBytes } from 'node:crypto'

/** What a server asks of who signs in (RFC 7235), with the names of its parameters in lower case. */
export interface Challenge {
  readonly scheme: string
  readonly parameters: Readonly<Record<string, string>>
}

/** The challenges of a WWW-Authenticate header. */
export function challengesOf(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = []
  // A word that no `=` follows begins the next challenge.
  const token = /([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g
  for (const [, name = '', quoted, bare] of header.matchAll(token)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? bare
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: {} })
    else {
      const last = challenges.at(-1)
      if (last) last.parameters[name.toLowerCase()] = value
    }
  }
  return challenges
}

/** Makes the Authorization header of a request. */
export type Authorize = (method: string, path: string) => string

const hashes: Readonly<Record<string, string>> = { md5: 'md5', 'sha-256': 'sha256' }

/**
 * By the strongest of the ways that a server offers: Digest (RFC 7616), which does not tell it the password, before
 * Basic (RFC 7617). Undefined where it offers neither.
 */
export function authorizeBy(challenges: readonly Challenge[], user: string, password: string): Authorize | undefined {
  const digests = challenges.filter(({ scheme, parameters }) => scheme === 'digest' && digestHash(parameters))
  const strongest = digests.find(({ parameters }) => digestHash(parameters) === 'sha256') ?? digests[0]
  if (strongest) return digest(strongest.parameters, user, password)
  if (!challenges.some(({ scheme }) => scheme === 'basic')) return undefined
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  return () => basic
}

function digestHash({ algorithm = 'MD5' }: Challenge['parameters']): string | undefined {
  return hashes[algorithm.toLowerCase().replace(/-sess$/, '')]
}

function digest(challenge: Challenge['parameters'], user: string, password: string): Authorize {
  const { realm = '', nonce = '', opaque, algorithm, qop: offered } = challenge
  const hash = (text: string) =>
    createHash(digestHash(challenge) ?? 'md5')
      .update(text)
      .digest('hex')
  const qop = offered?.split(',').some((value) => value.trim() === 'auth') ? 'auth' : undefined
  let uses = 0
  return (method, path) => {
    const cnonce = randomBytes(12).toString('hex')
    const count = (++uses).toString(16).padStart(8, '0')
    const secret = hash(`${user}:${realm}:${password}`)
    const first = algorithm?.toLowerCase().endsWith('-sess') ? hash(`${secret}:${nonce}:${cnonce}`) : secret
    const second = hash(`${method}:${path}`)
    const response = hash(qop ? `${first}:${nonce}:${count}:${cnonce}:${qop}:${second}` : `${first}:${nonce}:${second}`)
    const quoted = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`
    return [
      `Digest username=${quoted(user)}`,
      `realm=${quoted(realm)}`,
      `nonce=${quoted(nonce)}`,
      `uri=${quoted(path)}`,
      `response="${response}"`,
      ...(algorithm ? [`algorithm=${algorithm}`] : []),
      ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
      ...(qop ? [`qop=${qop}`, `nc=${count}`, `cnonce="${cnonce}"`] : []),
    ].join(', ')
  }
}
