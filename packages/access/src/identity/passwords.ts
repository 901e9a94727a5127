import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { Failure } from '@gatehouse/core'

/** OWASP's smallest setting of scrypt: 32 MiB and some hundred milliseconds a try. */
const cost = { logN: 15, r: 8, p: 3 }

/** So many are worked out at once, since each takes a core and memory; so many more wait. */
const atOnce = 4
const waiting = 64

export interface Passwords {
  hash(password: string): Promise<string>
  /** Takes the same work for a hash that is not there, and answers false. */
  check(password: string, hash: string | undefined): Promise<boolean>
  /** Throws `invalid` for a password that is too short, too long or too plain. */
  judge(password: string, user: { readonly name: string; readonly email?: string | undefined }): void
}

/** Passwords as scrypt hashes (RFC 7914): `scrypt$15$8$3$SALT$HASH`. Throws `unavailable` when too many wait. */
export function createPasswords(minLength: number): Passwords {
  const turn = createTurns(atOnce, waiting)
  const nobody = encode(cost, randomBytes(16), randomBytes(32))
  return {
    async hash(password) {
      const salt = randomBytes(16)
      return encode(cost, salt, await turn(() => derive(password, salt, cost)))
    },
    async check(password, hash) {
      const known = hash === undefined ? undefined : decode(hash)
      const { salt, key, settings } = known ?? decode(nobody) ?? unreadable()
      const found = await turn(() => derive(password, salt, settings))
      const same = found.length === key.length && timingSafeEqual(found, key)
      return same && known !== undefined
    },
    judge(password, { name, email }) {
      const refuse = (message: string): never => {
        throw new Failure('invalid', message, { hint: `Use at least ${minLength} characters, for example four words` })
      }
      if ([...password].length < minLength) refuse(`The password is shorter than ${minLength} characters`)
      if (Buffer.byteLength(password) > 1024) refuse('The password is longer than 1024 bytes')
      if (new Set(password).size < 5) refuse('The password has too few different characters')
      const low = password.toLowerCase()
      for (const own of [name, email?.split('@')[0]]) {
        if (own !== undefined && own.length >= 4 && low.includes(own.toLowerCase())) {
          refuse('The password contains the name of the user')
        }
      }
      if (plain.some((word) => low.startsWith(word) && low.length < word.length + 6)) {
        refuse('The password is one of those that are tried first')
      }
    },
  }
}

/** What long passwords of careless people begin with. */
const plain = ['password', 'passw0rd', 'qwertyuiop', 'administrator', 'letmein', 'welcome', '1234567890', 'changeme']

interface Cost {
  readonly logN: number
  readonly r: number
  readonly p: number
}

function derive(password: string, salt: Buffer, { logN, r, p }: Cost): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** logN, r, p, maxmem: 256 * 2 ** logN * r }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, 32, options, (failed, key) => (failed ? reject(failed) : resolve(key)))
  })
}

function encode({ logN, r, p }: Cost, salt: Buffer, key: Buffer): string {
  return ['scrypt', logN, r, p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

function decode(hash: string): { salt: Buffer; key: Buffer; settings: Cost } | undefined {
  const [scheme, logN, r, p, salt, key] = hash.split('$')
  if (scheme !== 'scrypt' || salt === undefined || key === undefined) return undefined
  const settings = { logN: Number(logN), r: Number(r), p: Number(p) }
  return { salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url'), settings }
}

function unreadable(): never {
  throw new Failure('internal', 'A password hash cannot be read')
}

/** Lets so many run at once, and so many wait. */
function createTurns(most: number, line: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const queue: (() => void)[] = []
  return async (work) => {
    if (running >= most) {
      if (queue.length >= line) {
        throw new Failure('unavailable', 'Too many people sign in at this moment', { retryAfter: 2 })
      }
      await new Promise<void>((resolve) => queue.push(resolve))
    } else running++
    try {
      return await work()
    } finally {
      const next = queue.shift()
      if (next) next()
      else running--
    }
  }
}
