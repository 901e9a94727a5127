import type { JsonObject, JsonSchema } from '@gatehouse/core'
import { addressOf, connectionSchema, textOf } from '../files/connection-url.js'

/** Where and as whom, and how the way there is kept secret. */
export interface FtpTarget {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** The folder on the server that is the root; absent: the one in which the account begins. */
  readonly root?: string
  readonly tls: 'none' | 'explicit' | 'implicit'
  /** Certificates in PEM that are trusted in place of the well-known ones. */
  readonly ca?: string
  readonly rejectUnauthorized: boolean
}

const example = 'ftpes://user:password@host:21/folder'

/** `ftpes` is FTP that asks for TLS on its usual port (RFC 4217), `ftps` TLS from the first byte on. */
const ways: Readonly<Record<string, { readonly tls: FtpTarget['tls']; readonly port: number }>> = {
  ftp: { tls: 'none', port: 21 },
  ftpes: { tls: 'explicit', port: 21 },
  ftps: { tls: 'implicit', port: 990 },
}

export const ftpProperties: Readonly<Record<string, JsonSchema>> = {
  connection: connectionSchema(
    `${example}: explicit TLS; ftps:// is implicit TLS, ftp:// is in clear text. The folder is the service's root`,
  ),
  ca: { type: 'string', description: 'Certificates in PEM that are trusted in place of the well-known ones' },
  insecure_certificate: {
    type: 'boolean',
    description: 'Accepts any certificate: who is on the way can read and change all. Default false',
  },
}

/** Throws `invalid`, never with any part of a secret in its message. */
export function targetOf(config: JsonObject): FtpTarget {
  const { scheme, host, port, user, password, path } = addressOf(config, 'ftp_file', Object.keys(ways), example)
  const { tls, port: usual } = ways[scheme] ?? { tls: 'explicit', port: 21 }
  const ca = textOf(config, 'ca')
  return {
    host,
    port: port ?? usual,
    user: user ?? 'anonymous',
    password: password ?? (user === undefined ? 'anonymous@' : ''),
    ...(path === '/' ? {} : { root: path.replace(/\/+$/, '') }),
    tls,
    ...(ca === undefined ? {} : { ca }),
    rejectUnauthorized: config.insecure_certificate !== true,
  }
}
