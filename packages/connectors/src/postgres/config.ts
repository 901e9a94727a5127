import type { ConnectionOptions } from 'node:tls'
import { Failure, isJsonObject, type JsonObject, type ObjectSchema } from '@gatehouse/core'
import { partReader, portOf } from '../connection-parts.js'
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

export const usualPort = 5432

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
            port: { type: 'integer', minimum: 1, maximum: 65535, default: usualPort },
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

const partNames = ['host', 'port', 'database', 'user', 'password', 'ssl']

function fromParts(parts: JsonObject): PostgresTarget {
  const text = partReader(parts, partNames, invalidConnection)
  const user = text('user')
  if (!user) throw invalidConnection('a `user`')
  return {
    host: text('host') || 'localhost',
    port: portOf(text('port'), usualPort, invalidConnection),
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
