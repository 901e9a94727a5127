import { lookup } from 'node:dns/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { isIP } from 'node:net'
import { isPublicAddress } from './public-address.js'

interface Address {
  readonly address: string
  readonly family: number
}

export interface GuardedFetch {
  /** Bytes that an answer may have. */
  readonly most: number
  /** Milliseconds for all of it. */
  readonly timeoutMs: number
  /** For tests only: this machine may be asked too, on any port. */
  readonly local?: { readonly ca: string }
  /** Asked once. Default: as the machine resolves names. */
  readonly resolve?: (name: string) => Promise<readonly Address[]>
}

export interface Fetched {
  readonly body: string
  readonly contentType: string
  readonly cacheControl: string
}

/**
 * Gets a URL that somebody else chose. https only, on its own port; the name is resolved once, every address that it has
 * must be public, and the connection goes to the very address that was looked at, so that a name that changes its mind
 * (DNS rebinding) wins nothing. Redirects are not followed. Throws an Error that is not for callers to see.
 */
export async function guardedFetch(
  url: URL,
  { most, timeoutMs, local, resolve = everyAddress }: GuardedFetch,
): Promise<Fetched> {
  if (url.protocol !== 'https:') throw new Error('The URL is not https')
  if (url.username !== '' || url.password !== '') throw new Error('The URL has a user')
  if (url.port !== '' && !local) throw new Error('The URL has a port of its own')
  const signal = AbortSignal.timeout(timeoutMs)
  const address = await resolved(url.hostname, resolve, local !== undefined, signal)
  const answer = await ask(url, address, signal, local?.ca)
  try {
    if (answer.statusCode !== 200) throw new Error(`The answer is ${answer.statusCode}`)
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > most) throw new Error(`The answer has more than ${most} bytes`)
      chunks.push(chunk)
    }
    return {
      body: Buffer.concat(chunks).toString('utf8'),
      contentType: answer.headers['content-type'] ?? '',
      cacheControl: answer.headers['cache-control'] ?? '',
    }
  } finally {
    answer.destroy()
  }
}

const everyAddress = (name: string) => lookup(name, { all: true })

async function resolved(
  hostname: string,
  resolve: NonNullable<GuardedFetch['resolve']>,
  local: boolean,
  signal: AbortSignal,
): Promise<Address> {
  const name = hostname.replace(/^\[|\]$/g, '')
  if (isIP(name) !== 0 && !local) throw new Error('The URL has an address instead of a name')
  const addresses = await Promise.race([resolve(name), aborted(signal)])
  const [first] = addresses
  if (!first) throw new Error('The name has no address')
  if (!local && !addresses.every(({ address }) => isPublicAddress(address))) {
    throw new Error('The name leads to an address that is not public')
  }
  return first
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('It took too long')), { once: true })
  })
}

function ask(
  url: URL,
  { address, family }: Address,
  signal: AbortSignal,
  ca: string | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        agent: false,
        signal,
        headers: { accept: 'application/json', 'user-agent': 'gatehouse' },
        // The name stays in the Host header and in the check of the certificate; where it leads was decided above.
        lookup: (_name, { all }, done) => (all ? done(null, [{ address, family }]) : done(null, address, family)),
        ...(ca !== undefined && { ca }),
      },
      resolve,
    )
    sent.on('error', reject)
    sent.end()
  })
}
