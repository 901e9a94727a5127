/** How much a client wants each of the things on offer, as Accept and Accept-Encoding say it (RFC 9110, 12.4.2). */
interface Preference {
  readonly name: string
  readonly quality: number
}

function preferences(header: string): readonly Preference[] {
  return header.split(',').map((part) => {
    const [name = '', ...parameters] = part.split(';')
    const q = parameters.map((p) => p.trim().toLowerCase()).find((p) => p.startsWith('q='))
    const quality = q === undefined ? 1 : Number(q.slice(2))
    return { name: name.trim().toLowerCase(), quality: quality >= 0 && quality <= 1 ? quality : 0 }
  })
}

/** The offer that the client wants most, the earlier of equals; undefined where it wants none. */
export function preferredType<T extends string>(accept: string | undefined, offers: readonly T[]): T | undefined {
  const [first] = offers
  if (accept === undefined || accept === '' || accept === '*/*' || accept === first) return first
  const wanted = preferences(accept)
  return best(offers, (offer) => {
    const family = `${offer.slice(0, offer.indexOf('/'))}/*`
    const match =
      wanted.find((p) => p.name === offer) ??
      wanted.find((p) => p.name === family) ??
      wanted.find((p) => p.name === '*/*')
    return match?.quality ?? 0
  })
}

export type Coding = 'br' | 'gzip'

/** The coding to compress with; undefined: leave the body as it is. */
export function preferredCoding(acceptEncoding: string | undefined): Coding | undefined {
  if (acceptEncoding === undefined || acceptEncoding === 'identity') return undefined
  const wanted = preferences(acceptEncoding)
  const quality = (name: string) => (wanted.find((p) => p.name === name) ?? wanted.find((p) => p.name === '*'))?.quality
  const coding = best<Coding>(['br', 'gzip'], (name) => quality(name) ?? 0)
  const identity = wanted.find((p) => p.name === 'identity')?.quality ?? 0
  return coding !== undefined && (quality(coding) ?? 0) >= identity ? coding : undefined
}

function best<T>(offers: readonly T[], quality: (offer: T) => number): T | undefined {
  let found: T | undefined
  let most = 0
  for (const offer of offers) {
    const q = quality(offer)
    if (q > most) {
      most = q
      found = offer
    }
  }
  return found
}
