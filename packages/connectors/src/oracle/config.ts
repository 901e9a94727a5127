import { Failure, isJsonObject, type JsonObject, type ObjectSchema } from '@gatehouse/core'
import { partReader, portOf } from '../connection-parts.js'
import { fromUrl } from './connection-url.js'
import type { TypeChoices } from './native-type.js'
import { usualChoices } from './native-type.js'

/** Where and as whom to connect. */
export interface OracleTarget {
  /** As the driver takes it: `tcp://host:1521/service`, or a whole connect descriptor. */
  readonly connectString: string
  readonly user: string
  readonly password: string | undefined
  /** Certificates in PEM that the server's must be signed by, and those of the client. */
  readonly wallet?: { readonly content: string; readonly password?: string }
}

const usualPort = 1521

export const oracleConfig: ObjectSchema = {
  type: 'object',
  properties: {
    connection: {
      title: 'Connection',
      description: 'oracle://user:password@host:1521/service_name, or its parts',
      oneOf: [
        { type: 'string', minLength: 1, writeOnly: true },
        {
          type: 'object',
          properties: {
            host: { type: 'string', default: 'localhost' },
            port: { type: 'integer', minimum: 1, maximum: 65535, default: usualPort },
            service_name: { type: 'string', minLength: 1, examples: ['FREEPDB1'] },
            connect_string: {
              type: 'string',
              minLength: 1,
              description: 'A whole connect descriptor, in place of host, port and service_name',
            },
            user: { type: 'string', minLength: 1 },
            password: { type: 'string', writeOnly: true },
            ssl: {
              description: 'true (TCPS), or {wallet, wallet_password}',
              oneOf: [
                { type: 'boolean' },
                {
                  type: 'object',
                  properties: {
                    wallet: { type: 'string', description: 'Certificates in PEM, as in ewallet.pem' },
                    wallet_password: { type: 'string', writeOnly: true },
                  },
                  additionalProperties: false,
                },
              ],
            },
          },
          required: ['user'],
          additionalProperties: false,
        },
      ],
    },
    types: {
      title: 'What types mean',
      description: 'Types of Oracle that say less than callers want to know',
      type: 'object',
      properties: {
        date: { enum: ['datetime', 'date'], default: 'datetime', description: 'DATE, which always has a time of day' },
        raw16: { enum: ['binary', 'uuid'], default: 'binary', description: 'RAW(16)' },
        number1: { enum: ['boolean', 'integer'], default: 'boolean', description: 'NUMBER(1)' },
      },
      additionalProperties: false,
    },
    identity: {
      title: 'Identity pass-through',
      description: 'Tells the database for whom each call is, so that its own policies and audit trail know',
      type: 'object',
      properties: {
        client_identifier: {
          type: 'string',
          minLength: 1,
          description: "SYS_CONTEXT('USERENV', 'CLIENT_IDENTIFIER'), at most 64 bytes",
          examples: ['{user.id}'],
        },
        client_info: { type: 'string', minLength: 1, examples: ['{user.name}'] },
        proxy_user: {
          type: 'string',
          minLength: 1,
          description: "The database user in whose name the service's own user connects for the caller",
          examples: ['{user.db_user}'],
        },
      },
      additionalProperties: false,
    },
  },
  required: ['connection'],
}

/** Throws `invalid`, never with any part of the connection in its message: it may hold the password. */
export function targetOf(config: JsonObject): OracleTarget {
  const { connection } = config
  if (typeof connection === 'string') return fromUrl(connection)
  if (isJsonObject(connection)) return fromParts(connection)
  throw invalidConnection('a URL or {host, port, service_name, user, password, ssl}')
}

export function invalidConnection(expected: string): Failure {
  return new Failure('invalid', `\`connection\` of an oracle service takes ${expected}`, {
    hint: 'oracle://user:password@host:1521/service_name',
  })
}

/** An easy connect string. Names with other characters could say more than where to connect. */
export function connectStringOf(parts: {
  host: string
  port: string | undefined
  service: string
  tls: boolean
}): string {
  const { host, service, tls } = parts
  const port = portOf(parts.port, usualPort, invalidConnection)
  if (!/^(\[[\da-fA-F:.]+\]|[\w.-]+)$/.test(host)) throw invalidConnection('the name or address of a host')
  if (!/^[\w.$#-]+$/.test(service)) throw invalidConnection('a service name')
  return `${tls ? 'tcps' : 'tcp'}://${host}:${port}/${service}`
}

const partNames = ['host', 'port', 'service_name', 'connect_string', 'user', 'password', 'ssl']

function fromParts(parts: JsonObject): OracleTarget {
  const text = partReader(parts, partNames, invalidConnection)
  const user = text('user')
  if (!user) throw invalidConnection('a `user`')
  const service = text('service_name')
  const whole = text('connect_string')
  if (whole === undefined && service === undefined) throw invalidConnection('a `service_name` or a `connect_string`')
  const { ssl } = parts
  return {
    connectString:
      whole ??
      connectStringOf({
        host: text('host') || 'localhost',
        port: text('port'),
        service: service ?? '',
        tls: ssl !== undefined && ssl !== null && ssl !== false,
      }),
    user,
    password: text('password'),
    ...walletOf(ssl),
  }
}

function walletOf(ssl: JsonObject[string]): Pick<OracleTarget, 'wallet'> {
  if (ssl === undefined || ssl === null || typeof ssl === 'boolean') return {}
  if (!isJsonObject(ssl)) throw invalidConnection('true, false or {wallet, wallet_password} as `ssl`')
  const { wallet, wallet_password: password } = ssl
  if (typeof wallet !== 'string') return {}
  return { wallet: { content: wallet, ...(typeof password === 'string' ? { password } : {}) } }
}

/** `types` of a service. Throws `invalid` for what it does not know. */
export function typeChoicesOf(config: JsonObject['types']): TypeChoices {
  if (config === undefined || config === null) return usualChoices
  if (!isJsonObject(config)) throw invalidTypes('{date, raw16, number1}')
  const choice = <T extends string>(name: string, usual: T, other: T): T => {
    const value = config[name]
    if (value === undefined || value === null || value === usual) return usual
    if (value === other) return other
    throw invalidTypes(`${usual} or ${other} as \`${name}\``)
  }
  return {
    date: choice('date', 'datetime', 'date'),
    raw16: choice('raw16', 'binary', 'uuid'),
    number1: choice('number1', 'boolean', 'integer'),
  }
}

function invalidTypes(expected: string): Failure {
  return new Failure('invalid', `\`types\` of an oracle service takes ${expected}`)
}
