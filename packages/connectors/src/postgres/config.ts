import type { ConnectionOptions } from 'node:tls'
import { Failure, isJsonObject, type JsonObject, type ObjectSchema } from '@gatehouse/core'
import { fromUrl } from './connection-url.js'

/** Where and as whom to connect. */
export interface PostgresTarget {
  /** A name, an address, or the directory of a Unix socket. */
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  /** Absent: none is sent (trust, peer). */
  readonly password: string | undefined
  readonly ssl: boolean | ConnectionOptions
}

export const postgresConfig: ObjectSchema = {
  type: 'object',
  properties: {
    connection: {
      title: 'Connection',
      description: 'postgres://user:password@host:5432/database?sslmode=verify-full, or its parts',
      oneOf: [
        { type: 'string', minLength: 1, writeOnly: true },
        {
          type: 'object',
          properties: {
            host: { type: 'string', default: 'localhost', description: 'Name, address or directory of a Unix socket' },
            port: { type: 'integer', minimum: 1, maximum: 65535, default: 5432 },
            database: { type: 'string', minLength: 1, description: 'Default: the same as the user' },
            user: { type: 'string', minLength: 1 },
            password: { type: 'string', writeOnly: true },
            ssl: {
              description: 'true (the certificate is verified), or {ca, cert, key, reject_unauthorized}',
              oneOf: [
                { type: 'boolean' },
                {
                  type: 'object',
                  properties: {
                    ca: { type: 'string', description: 'Certificates in PEM' },
                    cert: { type: 'string', description: "The client's certificate in PEM" },
                    key: { type: 'string', writeOnly: true, description: 'Its key in PEM' },
                    reject_unauthorized: { type: 'boolean', default: true },
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
    identity: {
      title: 'Identity pass-through',
      description: "Runs each call as its caller's role and with its claims, so that row-level security applies",
      type: 'object',
      properties: {
        set_role: { type: 'string', minLength: 1, examples: ['{user.db_role}'] },
        settings: {
          type: 'object',
          description: 'Settings of the transaction by name: {user.id}, {user.name}, {user.claims}, {user.ATTRIBUTE}',
          propertyNames: { pattern: '^[A-Za-z_][\\w]*\\.[\\w.]+$' },
          additionalProperties: { type: 'string' },
        },
      },
      additionalProperties: false,
    },
  },
  required: ['connection'],
}

/** Throws `invalid`, never with any part of the connection in its message: it may hold the password. */
export function targetOf(config: JsonObject): PostgresTarget {
  const { connection } = config
  if (typeof connection === 'string') return fromUrl(connection)
  if (isJsonObject(connection)) return fromParts(connection)
  throw invalidConnection('a URL or {host, port, database, user, password, ssl}')
}

export function invalidConnection(expected: string): Failure {
  return new Failure('invalid', `\`connection\` of a postgres service takes ${expected}`, {
    hint: 'postgres://user:password@host:5432/database',
  })
}

export function portOf(text: string | undefined): number {
  const number = text === undefined ? 5432 : Number(text)
  if (!Number.isInteger(number) || number < 1 || number > 65_535) throw invalidConnection('a port from 1 to 65535')
  return number
}

const partNames = new Set(['host', 'port', 'database', 'user', 'password', 'ssl'])

function fromParts(parts: JsonObject): PostgresTarget {
  for (const name of Object.keys(parts)) {
    if (!partNames.has(name)) throw invalidConnection(`${[...partNames].join(', ')}; it has no \`${name}\``)
  }
  const text = (name: string): string | undefined => {
    const value = parts[name]
    if (value === undefined || value === null) return undefined
    if (typeof value === 'string' || typeof value === 'number') return String(value)
    throw invalidConnection(`a text as \`${name}\``)
  }
  const user = text('user')
  if (!user) throw invalidConnection('a `user`')
  return {
    host: text('host') || 'localhost',
    port: portOf(text('port')),
    database: text('database') || user,
    user,
    password: text('password'),
    ssl: sslOf(parts.ssl),
  }
}

function sslOf(value: JsonObject[string]): PostgresTarget['ssl'] {
  if (value === undefined || value === null) return false
  if (typeof value === 'boolean') return value
  if (!isJsonObject(value)) throw invalidConnection('true, false or {ca, cert, key, reject_unauthorized} as `ssl`')
  const { ca, cert, key, reject_unauthorized: reject } = value
  return {
    rejectUnauthorized: reject !== false,
    ...(typeof ca === 'string' ? { ca } : {}),
    ...(typeof cert === 'string' ? { cert } : {}),
    ...(typeof key === 'string' ? { key } : {}),
  }
}
