import { Failure, isJsonObject, type JsonObject, type ObjectSchema } from '@gatehouse/core'
import { partReader, portOf } from '../connection-parts.js'
import { placeOf, splitUrl } from '../connection-url.js'

/** Where and as whom to connect. */
export interface MysqlTarget {
  readonly host: string
  readonly port: number
  readonly socketPath?: string
  readonly database?: string
  readonly user?: string
  readonly password?: string
  /** Absent: not encrypted. */
  readonly ssl?: { readonly rejectUnauthorized: boolean; readonly ca?: string }
}

const usualPort = 3306

export const mysqlConfig: ObjectSchema = {
  type: 'object',
  properties: {
    connection: {
      title: 'Connection',
      description: 'mysql://user:password@host:3306/database, or its parts',
      oneOf: [
        { type: 'string', minLength: 1, format: 'uri', writeOnly: true },
        {
          type: 'object',
          properties: {
            host: { type: 'string', default: 'localhost' },
            port: { type: 'integer', minimum: 1, maximum: 65535, default: usualPort },
            socket: { type: 'string', description: 'Path of a Unix socket, instead of host and port' },
            database: { type: 'string', minLength: 1 },
            user: { type: 'string' },
            password: { type: 'string', writeOnly: true },
            ssl: {
              description: 'true, or {ca, reject_unauthorized}',
              oneOf: [
                { type: 'boolean' },
                {
                  type: 'object',
                  properties: {
                    ca: { type: 'string', description: 'Certificates in PEM' },
                    reject_unauthorized: { type: 'boolean', default: true },
                  },
                  additionalProperties: false,
                },
              ],
            },
          },
          additionalProperties: false,
        },
      ],
    },
  },
  required: ['connection'],
}

/** Throws `invalid`, never with any part of the connection in its message: it may hold the password. */
export function targetOf(config: JsonObject): MysqlTarget {
  const { connection } = config
  if (typeof connection === 'string') return fromUrl(connection)
  if (isJsonObject(connection)) return fromParts(connection)
  throw invalid('a URL or {host, port, database, user, password, ssl}')
}

function invalid(expected: string): Failure {
  return new Failure('invalid', `\`connection\` of a mysql service takes ${expected}`, {
    hint: 'mysql://user:password@host:3306/database',
  })
}

function fromUrl(url: string): MysqlTarget {
  const split = splitUrl(url)
  if (!split || !/^(mysql|mariadb)$/.test(split.scheme)) throw invalid('a URL that starts with mysql:// or mariadb://')
  const place = placeOf(split.place)
  if (!place) throw invalid('a URL with a host, a port and a database')
  const { user, password } = split
  const ssl = sslMode(place.options)
  const socketPath = place.options.get('socket')
  return {
    host: place.host || 'localhost',
    port: portOf(place.port, usualPort, invalid),
    ...(place.path ? { database: place.path } : {}),
    ...(user ? { user } : {}),
    ...(password === undefined ? {} : { password }),
    ...(ssl ? { ssl } : {}),
    ...(socketPath ? { socketPath } : {}),
  }
}

/** `ssl=true`, or `ssl-mode` as MySQL's own clients spell it: only VERIFY_CA and VERIFY_IDENTITY check the certificate. */
function sslMode(options: URLSearchParams): MysqlTarget['ssl'] {
  const mode = (options.get('ssl-mode') ?? options.get('sslmode') ?? '').toLowerCase().replaceAll('-', '_')
  if (mode === 'disabled' || mode === 'disable') return undefined
  if (mode === 'required' || mode === 'require' || mode === 'preferred') return { rejectUnauthorized: false }
  if (mode !== '') return { rejectUnauthorized: true }
  const ssl = options.get('ssl')
  return ssl === 'true' || ssl === '1' ? { rejectUnauthorized: true } : undefined
}

const partNames = ['host', 'port', 'socket', 'database', 'user', 'password', 'ssl']

function fromParts(parts: JsonObject): MysqlTarget {
  const text = partReader(parts, partNames, invalid)
  const ssl = sslOf(parts.ssl)
  const { socket, database, user, password } = {
    socket: text('socket'),
    database: text('database'),
    user: text('user'),
    password: text('password'),
  }
  return {
    host: text('host') || 'localhost',
    port: portOf(text('port'), usualPort, invalid),
    ...(socket ? { socketPath: socket } : {}),
    ...(database ? { database } : {}),
    ...(user ? { user } : {}),
    ...(password === undefined ? {} : { password }),
    ...(ssl ? { ssl } : {}),
  }
}

function sslOf(value: JsonObject[string]): MysqlTarget['ssl'] {
  if (value === undefined || value === null || value === false) return undefined
  if (value === true) return { rejectUnauthorized: true }
  if (!isJsonObject(value)) throw invalid('true, false or {ca, reject_unauthorized} as `ssl`')
  const { ca, reject_unauthorized: reject } = value
  return { rejectUnauthorized: reject !== false, ...(typeof ca === 'string' ? { ca } : {}) }
}
