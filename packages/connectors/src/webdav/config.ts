import { Failure, type JsonObject, type JsonSchema } from '@gatehouse/core'
import { addressOf, connectionSchema, textOf } from '../files/connection-url.js'

/** Where and as whom, and how files are put in place. */
export interface WebdavTarget {
  /** Of the root, without credentials, with a slash at its end. */
  readonly url: URL
  readonly user?: string
  readonly password: string
  /** Certificates in PEM that are trusted in place of the well-known ones. */
  readonly ca?: string
  readonly rejectUnauthorized: boolean
  /** `rename`: under another name first. `put`: at once, for servers that keep half a file from being seen themselves. */
  readonly uploads: 'rename' | 'put'
}

const example = 'https://user:password@host/folder'

export const webdavProperties: Readonly<Record<string, JsonSchema>> = {
  connection: connectionSchema(`${example}; the folder is the service's root`),
  ca: { type: 'string', description: 'Certificates in PEM that are trusted in place of the well-known ones' },
  insecure_certificate: {
    type: 'boolean',
    description: 'Accepts any certificate: who is on the way can read and change all. Default false',
  },
  uploads: {
    enum: ['rename', 'put'],
    description:
      'rename: a file is sent under another name and moved when it is whole. put: it is sent under its own, for servers ' +
      'that do the same themselves (Apache, nginx, Nextcloud). Default rename',
  },
}

/** Throws `invalid`, never with any part of a secret in its message. */
export function targetOf(config: JsonObject): WebdavTarget {
  const { url, user, password = '' } = addressOf(config, 'webdav_file', ['http', 'https'], example)
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  if (user?.includes(':')) throw new Failure('invalid', 'A user of a webdav_file service has no colon in its name')
  const ca = textOf(config, 'ca')
  return {
    url,
    ...(user === undefined ? {} : { user }),
    password,
    ...(ca === undefined ? {} : { ca }),
    rejectUnauthorized: config.insecure_certificate !== true,
    uploads: config.uploads === 'put' ? 'put' : 'rename',
  }
}
