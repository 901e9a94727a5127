import { Failure, isJsonObject, type JsonObject } from '@gatehouse/core'
import { fileConfig } from '../files/config.js'
import { rootPrefix } from '../objects/keys.js'

/** Which bucket, where, and as whom. */
export interface S3Target {
  readonly bucket: string
  /** Empty, or ends in `/`. */
  readonly root: string
  /** Absent: the environment's (`AWS_REGION`, a profile). */
  readonly region?: string
  /** Absent: AWS itself. */
  readonly endpoint?: string
  /** Absent: the AWS SDK's usual search (environment, profile, container, instance). */
  readonly credentials?: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
  /** `https://endpoint/bucket/key`, not `https://bucket.endpoint/key`. */
  readonly pathStyle: boolean
  /** True: every upload carries a checksum and every download is checked by one. */
  readonly checksums: boolean
  /** The storage checks If-Match and If-None-Match itself when something is written. */
  readonly conditionalWrites: boolean
}

const parts = {
  bucket: { type: 'string', minLength: 3, maxLength: 255 },
  region: { type: 'string', minLength: 1, description: 'eu-central-1; default: from the environment' },
  endpoint: {
    type: 'string',
    description: 'Of a storage that is not AWS: https://minio.example.com:9000',
  },
  access_key_id: { type: 'string', minLength: 1, description: 'Default: the usual search of the AWS SDK' },
  secret_access_key: { type: 'string', minLength: 1, writeOnly: true },
  session_token: { type: 'string', minLength: 1, writeOnly: true },
  path_style: { type: 'boolean', description: 'Default true with an endpoint, else false' },
  checksums: {
    enum: ['always', 'when_required'],
    description:
      'Default when_required with an endpoint, since many storages know no checksums in streams; else always',
  },
  conditional_writes: {
    type: 'boolean',
    description: 'The storage itself checks If-Match and If-None-Match. Default false with an endpoint, else true',
  },
} as const

export const s3Config = fileConfig(
  {
    connection: {
      title: 'Connection',
      description:
        's3://ACCESS_KEY_ID:SECRET_ACCESS_KEY@bucket/root?region=eu-central-1&endpoint=https://..., or its parts',
      oneOf: [
        { type: 'string', minLength: 1, writeOnly: true },
        { type: 'object', properties: parts, required: ['bucket'], additionalProperties: false },
      ],
    },
    root: { type: 'string', description: 'Only what is below this folder of the bucket is served' },
  },
  ['connection'],
)

/** Throws `invalid`, never with any part of the connection in its message: it may hold the secret. */
export function targetOf(config: JsonObject): S3Target {
  const { connection, root } = config
  const { root: inUrl, ...given } = typeof connection === 'string' ? fromUrl(connection) : { ...asObject(connection) }
  for (const name of Object.keys(given)) if (!(name in parts)) throw invalid(`no \`${name.replace(/[^\w-]/g, '?')}\``)
  const bucket = text(given, 'bucket')
  if (bucket === undefined || !/^[\w.-]{3,255}$/.test(bucket)) throw invalid('a bucket')
  const endpoint = text(given, 'endpoint')
  if (endpoint !== undefined && !isHttpUrl(endpoint)) throw invalid('an http:// or https:// URL as `endpoint`')
  const region = text(given, 'region') ?? (endpoint === undefined ? undefined : 'us-east-1')
  const checksums = text(given, 'checksums')
  const credentials = credentialsOf(given)
  const compatible = endpoint !== undefined
  const prefixes = [inUrl, root].filter((part) => typeof part === 'string').map((part) => rootPrefix(part))
  return {
    bucket,
    root: prefixes.join(''),
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    pathStyle: flag(given, 'path_style') ?? compatible,
    checksums: checksums === undefined ? !compatible : checksums === 'always',
    conditionalWrites: flag(given, 'conditional_writes') ?? !compatible,
  }
}

function invalid(expected: string): Failure {
  return new Failure('invalid', `\`connection\` of an aws_s3 service takes ${expected}`, {
    hint: 's3://ACCESS_KEY_ID:SECRET_ACCESS_KEY@bucket/root?region=eu-central-1, or {bucket, region, endpoint, access_key_id, secret_access_key}',
  })
}

function asObject(connection: JsonObject[string]): JsonObject {
  if (isJsonObject(connection)) return connection
  throw invalid('an s3:// URL or its parts')
}

/** Secrets come as they are shown, with `/` and `+` in them: the last `@` before the options ends the credentials. */
function fromUrl(url: string): JsonObject {
  const match = /^s3:\/\/(?:([^:]*):([^?]*)@)?([^/?#@:]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/s.exec(url)
  if (!match) throw invalid('s3://bucket, with credentials before it and options behind it')
  const [, id, secret, bucket, root, query] = match
  const options = Object.fromEntries(
    [...new URLSearchParams(query ?? '')].map(([name, value]) => [
      name,
      value === 'true' ? true : value === 'false' ? false : value,
    ]),
  )
  return {
    ...options,
    bucket,
    ...(root ? { root: decoded(root) } : {}),
    ...(id ? { access_key_id: decoded(id) } : {}),
    ...(secret ? { secret_access_key: decoded(secret) } : {}),
  }
}

/** Percent-encoding undone where it is one; a lone `%` stays as it is. */
function decoded(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded
  }
}

function text(given: JsonObject, name: keyof typeof parts): string | undefined {
  const value = given[name]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string') return value
  throw invalid(`a text as \`${name}\``)
}

function flag(given: JsonObject, name: keyof typeof parts): boolean | undefined {
  const value = given[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'boolean') return value
  throw invalid(`true or false as \`${name}\``)
}

function credentialsOf(given: JsonObject): S3Target['credentials'] {
  const accessKeyId = text(given, 'access_key_id')
  const secretAccessKey = text(given, 'secret_access_key')
  const sessionToken = text(given, 'session_token')
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw invalid('`access_key_id` and `secret_access_key` together')
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}

function isHttpUrl(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) && new URL(url).username === ''
}
