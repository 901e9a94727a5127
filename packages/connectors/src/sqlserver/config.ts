import { Failure, isJsonObject, type JsonObject, type ObjectSchema } from '@gatehouse/core'
import { partReader, portOf } from '../connection-parts.js'
import { placeOf, splitUrl } from '../connection-url.js'

/** Where and as whom to connect. */
export interface SqlserverTarget {
  readonly host: string
  /** Absent where an instance is named: the server's browser service tells it. */
  readonly port?: number
  readonly instance?: string
  readonly database?: string
  readonly user?: string
  readonly password?: string
  /** Windows domain, for NTLM. */
  readonly domain?: string
  /** `strict`: TDS 8, encrypted before the first byte. */
  readonly encrypt: boolean | 'strict'
  readonly trustServerCertificate: boolean
  /** Certificates in PEM. */
  readonly ca?: string
}

const usualPort = 1433

const parts = {
  host: { type: 'string', default: 'localhost' },
  port: { type: 'integer', minimum: 1, maximum: 65535, default: usualPort },
  instance: { type: 'string', description: 'Name of an instance, instead of a port' },
  database: { type: 'string', minLength: 1 },
  user: { type: 'string' },
  password: { type: 'string', writeOnly: true },
  domain: { type: 'string', description: 'Windows domain of the user' },
  encrypt: {
    description: 'true; strict (TDS 8); false sends everything but the password in the clear',
    enum: [true, false, 'strict'],
    default: true,
  },
  trust_server_certificate: {
    type: 'boolean',
    default: false,
    description: 'Takes any certificate, so that the server is not known to be the one that is meant',
  },
  ca: { type: 'string', description: 'Certificates in PEM that the server may have been signed by' },
} as const

export const sqlserverConfig: ObjectSchema = {
  type: 'object',
  properties: {
    connection: {
      title: 'Connection',
      description: 'sqlserver://user:password@host:1433/database, or its parts',
      oneOf: [
        { type: 'string', minLength: 1, format: 'uri', writeOnly: true },
        { type: 'object', properties: parts, additionalProperties: false },
      ],
    },
    identity: {
      title: 'Identity',
      description: 'Runs each call as its caller, for the row-level security of the database',
      type: 'object',
      properties: {
        session_context: {
          type: 'object',
          additionalProperties: { type: 'string' },
          description: 'Read-only keys of SESSION_CONTEXT, by name: {user.id}, {user.claims}, {user.ATTRIBUTE}',
        },
        execute_as: { type: 'string', description: 'A database user: {user.db_user}' },
      },
      additionalProperties: false,
    },
  },
  required: ['connection'],
}

/** Throws `invalid`, never with any part of the connection in its message: it may hold the password. */
export function targetOf(config: JsonObject): SqlserverTarget {
  const { connection } = config
  if (typeof connection === 'string') return fromUrl(connection)
  if (isJsonObject(connection)) return fromParts(connection)
  throw invalid(`a URL or {${Object.keys(parts).join(', ')}}`)
}

function invalid(expected: string): Failure {
  return new Failure('invalid', `\`connection\` of a sqlserver service takes ${expected}`, {
    hint: 'sqlserver://user:password@host:1433/database',
  })
}

function fromUrl(url: string): SqlserverTarget {
  const split = splitUrl(url)
  if (!split || !/^(sqlserver|mssql)$/.test(split.scheme)) {
    throw invalid('a URL that starts with sqlserver:// or mssql://')
  }
  // `host\instance` in place of the host.
  const [, server = '', instance, rest = ''] = /^(\[[^\]]+\]|[^:/?#\\]*)(?:\\([^:/?#]+))?(.*)$/s.exec(split.place) ?? []
  const place = placeOf(server + rest)
  if (!place) throw invalid('a URL with a host, a port and a database')
  const { options } = place
  for (const name of options.keys()) {
    if (!optionNames.has(name)) throw invalid(`${[...optionNames].join(', ')} behind the \`?\``)
  }
  return target({
    host: place.host,
    instance: instance ?? options.get('instance') ?? undefined,
    port: place.port,
    database: place.path,
    user: split.user,
    password: split.password,
    domain: options.get('domain') ?? undefined,
    encrypt: options.get('encrypt') ?? undefined,
    trust: options.get('trust_server_certificate') ?? undefined,
    ca: undefined,
  })
}

const optionNames = new Set(['encrypt', 'trust_server_certificate', 'instance', 'domain'])

function fromParts(given: JsonObject): SqlserverTarget {
  const read = partReader(given, Object.keys(parts), invalid)
  const text = (name: keyof typeof parts) => {
    const value = given[name]
    return typeof value === 'boolean' ? String(value) : read(name)
  }
  return target({
    host: text('host'),
    port: text('port'),
    instance: text('instance'),
    database: text('database'),
    user: text('user'),
    password: text('password'),
    domain: text('domain'),
    encrypt: text('encrypt'),
    trust: text('trust_server_certificate'),
    ca: text('ca'),
  })
}

type Texts = Readonly<
  Record<
    'host' | 'port' | 'instance' | 'database' | 'user' | 'password' | 'domain' | 'encrypt' | 'trust' | 'ca',
    string | undefined
  >
>

function target(texts: Texts): SqlserverTarget {
  const { instance, database, user, password, domain, ca } = texts
  return {
    host: texts.host || 'localhost',
    ...(instance ? { instance } : { port: portOf(texts.port, usualPort, invalid) }),
    ...(database ? { database } : {}),
    ...(user ? { user } : {}),
    ...(password === undefined ? {} : { password }),
    ...(domain ? { domain } : {}),
    encrypt: encryptOf(texts.encrypt),
    trustServerCertificate: flag(texts.trust, 'trust_server_certificate') ?? false,
    ...(ca ? { ca } : {}),
  }
}

function encryptOf(text: string | undefined): boolean | 'strict' {
  return text?.toLowerCase() === 'strict' ? 'strict' : (flag(text, 'encrypt') ?? true)
}

/** Anything but a clear answer is refused: a misspelled `false` must not read as one. */
function flag(text: string | undefined, name: string): boolean | undefined {
  switch (text?.toLowerCase()) {
    case undefined:
      return undefined
    case 'true':
    case '1':
    case 'yes':
      return true
    case 'false':
    case '0':
    case 'no':
      return false
    default:
      throw invalid(`true or false as \`${name}\``)
  }
}
