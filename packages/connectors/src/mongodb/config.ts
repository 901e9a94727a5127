import { Failure, isJsonObject, type JsonObject, type ObjectSchema } from '@gatehouse/core'
import type { MongoClientOptions } from 'mongodb'
import { partReader, portOf } from '../connection-parts.js'
import { splitUrl } from '../connection-url.js'

/** Where to connect, and how much to read of collections that declare nothing. */
export interface MongoTarget {
  readonly url: string
  readonly options: MongoClientOptions
  /** Absent: the one in the URL. */
  readonly database: string | undefined
  readonly sampleSize: number
}

const usualPort = 27_017

export const mongodbConfig: ObjectSchema = {
  type: 'object',
  properties: {
    connection: {
      title: 'Connection',
      description: 'mongodb://user:password@host:27017/database?replicaSet=rs0 (or mongodb+srv://...), or its parts',
      oneOf: [
        { type: 'string', minLength: 1, writeOnly: true },
        {
          type: 'object',
          properties: {
            host: { type: 'string', default: 'localhost' },
            port: { type: 'integer', minimum: 1, maximum: 65535, default: usualPort },
            database: { type: 'string', minLength: 1 },
            user: { type: 'string', minLength: 1 },
            password: { type: 'string', writeOnly: true },
            auth_source: { type: 'string', minLength: 1, description: 'The database of the user; default admin' },
            replica_set: { type: 'string', minLength: 1 },
            ssl: { type: 'boolean', default: false, description: 'true: encrypted, and the certificate is verified' },
          },
          required: ['database'],
          additionalProperties: false,
        },
      ],
    },
    sample_size: {
      title: 'Sample size',
      description:
        'Documents of each collection that are looked at to find its fields, where no validator declares them',
      type: 'integer',
      minimum: 1,
      maximum: 10000,
      default: 500,
    },
  },
  required: ['connection'],
}

const fallbackSample = 500

/** Throws `invalid`, never with any part of the connection in its message: it may hold the password. */
export function targetOf(config: JsonObject): MongoTarget {
  const { connection, sample_size: size } = config
  const sampleSize = typeof size === 'number' ? size : fallbackSample
  if (typeof connection === 'string') {
    if (!/^mongodb(\+srv)?:\/\//.test(connection)) throw invalidConnection('a URL that starts with mongodb://')
    if (!/^mongodb(\+srv)?:\/\/(.*@)?[^/?]+\/[^/?]+/.test(connection)) throw invalidConnection('a URL with a database')
    return { url: encoded(connection), options: {}, database: undefined, sampleSize }
  }
  if (isJsonObject(connection)) return { ...fromParts(connection), sampleSize }
  throw invalidConnection(`a URL or {${partNames.join(', ')}}`)
}

export function invalidConnection(expected: string): Failure {
  return new Failure('invalid', `\`connection\` of a mongodb service takes ${expected}`, {
    hint: 'mongodb://user:password@host:27017/database; what a URL must not hold in a password is percent-encoded',
  })
}

/**
 * Options that name files, sign in as the machine, or a socket of the machine itself: `tlsCAFile`,
 * `authMechanism=MONGODB-AWS`, `mongodb://%2Ftmp%2Fmongodb-27017.sock`.
 */
export function usesMachine({ connection }: JsonObject): boolean {
  if (typeof connection !== 'string') return false
  const place = splitUrl(connection)?.place ?? connection
  const options = new URLSearchParams(place.slice(place.indexOf('?') + 1 || place.length))
  for (const [name, value] of options) {
    if (/file$/i.test(name)) return true
    if (/^auth_?mechanism$/i.test(name) && !/^(SCRAM-SHA-(1|256)|PLAIN|DEFAULT)$/i.test(value)) return true
  }
  return /%2f|\//i.test(place.split('/', 1)[0] ?? '')
}

/** As the driver takes it, which wants credentials percent-encoded. */
function encoded(url: string): string {
  const split = splitUrl(url)
  if (!split || !url.includes('@')) return url
  const { scheme, user, password, place } = split
  const credentials = password === undefined ? [user] : [user, password]
  return `${scheme}://${credentials.map(encodeURIComponent).join(':')}@${place}`
}

const partNames = ['host', 'port', 'database', 'user', 'password', 'auth_source', 'replica_set', 'ssl']

function fromParts(parts: JsonObject): Omit<MongoTarget, 'sampleSize'> {
  const text = partReader(parts, partNames, invalidConnection)
  const database = text('database')
  if (!database) throw invalidConnection('a `database`')
  const port = portOf(text('port'), usualPort, invalidConnection)
  const host = text('host') ?? 'localhost'
  if (!/^[\w.:-]+$/.test(host)) throw invalidConnection('a name or an address as `host`')
  const user = text('user')
  const replicaSet = text('replica_set')
  return {
    url: `mongodb://${host.includes(':') ? `[${host}]` : host}:${port}/`,
    database,
    options: {
      ...(user === undefined
        ? {}
        : {
            auth: { username: user, password: text('password') ?? '' },
            authSource: text('auth_source') ?? 'admin',
          }),
      ...(replicaSet === undefined ? {} : { replicaSet }),
      ...(parts.ssl === true ? { tls: true } : {}),
    },
  }
}
