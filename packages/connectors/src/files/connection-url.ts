import { Failure, type JsonObject, type JsonSchema } from '@gatehouse/core'

/** Where a storage is and as whom to reach it, as the configuration's `connection` says it. */
export interface StorageAddress {
  readonly scheme: string
  readonly host: string
  /** Absent: the scheme's own. */
  readonly port?: number
  readonly user?: string
  readonly password?: string
  /** The folder that is the service's root, as it stands in the URL; `/` where none is named. */
  readonly path: string
}

/** The schema of `connection`, for types that are reached by a URL of these schemes. */
export function connectionSchema(example: string): JsonSchema {
  return {
    title: 'Connection',
    description: example,
    type: 'string',
    minLength: 1,
    format: 'uri',
    writeOnly: true,
  }
}

/** Throws `invalid`, never with any part of the connection in its message: it may hold the password. */
export function addressOf(
  config: JsonObject,
  type: string,
  schemes: readonly string[],
  example: string,
): StorageAddress {
  const refuse = () =>
    new Failure('invalid', `\`connection\` of a service of type ${type} takes a URL`, { hint: example })
  const { connection } = config
  if (typeof connection !== 'string') throw refuse()
  try {
    const url = new URL(connection)
    const scheme = url.protocol.slice(0, -1)
    if (!schemes.includes(scheme) || url.hostname === '' || url.search !== '' || url.hash !== '') throw refuse()
    const user = decodeURIComponent(url.username)
    const password = decodeURIComponent(url.password)
    return {
      scheme,
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      ...(user === '' ? {} : { user }),
      ...(password === '' ? {} : { password }),
      path: decodeURIComponent(url.pathname) || '/',
    }
  } catch {
    throw refuse()
  }
}

/** A text of the configuration, where it is there. */
export function textOf(config: JsonObject, name: string): string | undefined {
  const value = config[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
