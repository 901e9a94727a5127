import { createHash } from 'node:crypto'
import { Failure, type JsonObject, type JsonSchema } from '@gatehouse/core'
import { addressOf, connectionSchema, textOf } from '../files/connection-url.js'

/** Where, as whom, and whose server it must be. */
export interface SftpTarget {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password?: string
  readonly privateKey?: string
  readonly passphrase?: string
  /** The folder on the server that is the root; absent: the one in which the account begins. */
  readonly root?: string
  /** Fingerprints as `ssh-keygen -l` prints them, `SHA256:...`; `any` accepts every server. */
  readonly hostKeys: ReadonlySet<string> | 'any'
}

const example = 'sftp://user:password@host:22/folder'

export const sftpProperties: Readonly<Record<string, JsonSchema>> = {
  connection: connectionSchema(`${example}; the folder is the service's root`),
  private_key: {
    type: 'string',
    writeOnly: true,
    description: 'Private key of the user, in the format of OpenSSH or PEM',
  },
  passphrase: { type: 'string', writeOnly: true, description: 'Of an encrypted private key' },
  host_key: {
    description: "Fingerprint of the server's key, SHA256:..., or the public key itself; or a list of them",
    oneOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 },
    ],
  },
  insecure_host_key: {
    type: 'boolean',
    description: 'Accepts any server: who is on the way can read and change all. Default false',
  },
}

/** Throws `invalid`, never with any part of a secret in its message. */
export function targetOf(config: JsonObject): SftpTarget {
  const { host, port, user, password, path } = addressOf(config, 'sftp_file', ['sftp'], example)
  if (user === undefined)
    throw new Failure('invalid', '`connection` of an sftp_file service needs a user', { hint: example })
  const privateKey = textOf(config, 'private_key')
  const passphrase = textOf(config, 'passphrase')
  if (password === undefined && privateKey === undefined) {
    throw new Failure('invalid', 'An sftp_file service needs a password in its `connection`, or a `private_key`')
  }
  return {
    host,
    port: port ?? 22,
    user,
    ...(password === undefined ? {} : { password }),
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(path === '/' ? {} : { root: path.replace(/\/+$/, '') }),
    hostKeys: hostKeysOf(config),
  }
}

function hostKeysOf(config: JsonObject): SftpTarget['hostKeys'] {
  const { host_key: given, insecure_host_key: insecure } = config
  const keys = (Array.isArray(given) ? given : [given]).filter((key) => typeof key === 'string' && key !== '')
  if (keys.length > 0) return new Set(keys.map((key) => fingerprint(String(key).trim())))
  if (insecure === true) return 'any'
  throw new Failure('invalid', 'An sftp_file service needs the `host_key` of its server', {
    hint: 'The fingerprint SHA256:... that `ssh-keyscan HOST | ssh-keygen -lf -` prints, once it is known to be right; or insecure_host_key: true',
  })
}

/** Of a public key (`ssh-ed25519 AAAA...`), or the fingerprint itself. */
function fingerprint(key: string): string {
  const known = /^SHA256:([\w+/]{43})=?$/.exec(key)
  if (known) return `SHA256:${known[1]}`
  const encoded = /(?:^|\s)((?:ssh|ecdsa|sk)-\S+)\s+(AAAA[\w+/]+={0,2})(?:\s|$)/.exec(key)?.[2]
  if (encoded) return fingerprintOf(Buffer.from(encoded, 'base64'))
  throw new Failure('invalid', '`host_key` takes a fingerprint, SHA256:... with 43 characters, or a public key', {
    hint: 'ssh-keyscan HOST | ssh-keygen -lf -',
  })
}

export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}
