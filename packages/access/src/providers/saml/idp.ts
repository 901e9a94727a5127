import { readFile } from 'node:fs/promises'
import { Failure } from '@gatehouse/core'
import { readBounded } from '../read-bounded.js'
import { readIdpMetadata, type SamlIdp } from './idp-metadata.js'
import type { SamlSettings } from './settings.js'

/** The identity provider as it is now. */
export interface SamlIdpSource {
  /** Throws `unavailable`. */
  get(): Promise<SamlIdp>
  /** As `get`, after a look whether it has changed, at most once a minute: its keys may be new. */
  renewed(): Promise<SamlIdp>
}

const minute = 60_000
const freshMs = 60 * minute
/** A provider whose metadata cannot be had is as it was, for as long. */
const staleMs = 24 * 60 * minute
const mostBytes = 2 * 1024 * 1024
const timeoutMs = 5_000

export function createIdpSource(
  { idp, issuer }: Pick<SamlSettings, 'idp' | 'issuer'>,
  now: () => number,
): SamlIdpSource {
  if ('entryPoint' in idp) {
    const fixed = Promise.resolve(idp)
    return { get: () => fixed, renewed: () => fixed }
  }
  const read = 'metadataUrl' in idp ? () => fetched(idp.metadataUrl) : () => readFile(idp.metadataFile, 'utf8')
  let known: { readonly idp: SamlIdp; readonly at: number } | undefined
  let asked = 0
  let running: Promise<SamlIdp> | undefined

  const load = async (): Promise<SamlIdp> => {
    asked = now()
    try {
      const found = readIdpMetadata(await read(), issuer)
      if (over(found, now())) throw new Error('The metadata is valid no more')
      known = { idp: found, at: now() }
      return found
    } catch (cause) {
      if (known && known.at + staleMs > now() && !over(known.idp, now())) return known.idp
      const message = 'The identity provider cannot be used now: its metadata cannot be had, or is not right'
      throw new Failure('unavailable', message, { retryAfter: 60, cause })
    } finally {
      running = undefined
    }
  }
  const within = (ms: number) => {
    if (known && asked + ms > now() && !over(known.idp, now())) return Promise.resolve(known.idp)
    // Who asks at the same time gets the same answer.
    running ??= load()
    return running
  }
  return { get: () => within(freshMs), renewed: () => within(minute) }
}

function over({ validUntil }: SamlIdp, now: number): boolean {
  return validUntil !== undefined && validUntil <= now
}

async function fetched(url: string): Promise<string> {
  const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) })
  if (!answer.ok) throw new Error(`The metadata is answered with ${answer.status}`)
  return readBounded(answer, mostBytes)
}
