import { isJsonObject, type JsonObject } from '@gatehouse/core'
import { errorCode, ProtocolError } from './errors.js'
import { type MirrorHeaders, requireMirror } from './mirror-headers.js'

/** What differs between the revisions of the protocol that we speak. */
export interface Era {
  readonly name: 'stateless' | 'handshake'
  /** Newest first. */
  readonly versions: readonly string[]
  /** Each result says `resultType` and who answered, in `_meta`. */
  readonly resultEnvelope: boolean
  /** Lists and readings say `ttlMs` and `cacheScope`. */
  readonly cacheHints: boolean
  readonly methodNotFoundStatus: 404 | 200
  readonly resourceNotFoundCode: number
  /** The server may send requests of its own on the stream that answers a request. */
  readonly serverRequests: boolean
}

/** 2026-07-28 (SEP-2575, SEP-2567, SEP-2322): no handshake, version and capabilities in `_meta` of each request. */
export const stateless: Era = {
  name: 'stateless',
  versions: ['2026-07-28'],
  resultEnvelope: true,
  cacheHints: true,
  methodNotFoundStatus: 404,
  resourceNotFoundCode: errorCode.invalidParams,
  serverRequests: false,
}

/** The revisions that begin with `initialize`. */
export const handshake: Era = {
  name: 'handshake',
  versions: ['2025-11-25', '2025-06-18', '2025-03-26'],
  resultEnvelope: false,
  cacheHints: false,
  methodNotFoundStatus: 200,
  resourceNotFoundCode: errorCode.resourceNotFoundBefore2026,
  serverRequests: true,
}

export const metaKey = {
  version: 'io.modelcontextprotocol/protocolVersion',
  client: 'io.modelcontextprotocol/clientInfo',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  subscription: 'io.modelcontextprotocol/subscriptionId',
  server: 'io.modelcontextprotocol/serverInfo',
} as const

const none: JsonObject = {}

export function metaOf(params: JsonObject): JsonObject {
  return isJsonObject(params._meta) ? params._meta : none
}

const onlyStateless: ReadonlySet<string> = new Set(['server/discover', 'subscriptions/listen'])

/**
 * The era of a request, from what it says itself: a version in `_meta` or in the header, or a method that only one era
 * has. `headers` is undefined where the transport has none. Throws a ProtocolError with its HTTP status.
 */
export function eraOf(method: string, params: JsonObject, headers: MirrorHeaders | undefined): Era {
  const version = metaOf(params)[metaKey.version]
  const claimed = headers?.version
  if (version === undefined && !onlyStateless.has(method) && (claimed === undefined || !isStateless(claimed))) {
    // The handshake itself says its version in the body; what the header says is of no matter yet.
    const known = claimed === undefined || handshake.versions.includes(claimed) || method === 'initialize'
    if (!known) throw unsupported(claimed)
    return handshake
  }
  requireEnvelope(params)
  if (headers) requireMirror(headers, { version: String(version), method, params })
  if (typeof version !== 'string' || !isStateless(version)) throw unsupported(String(version))
  return stateless
}

function requireEnvelope(params: JsonObject): void {
  const meta = metaOf(params)
  if (typeof meta[metaKey.version] !== 'string') throw lacks(metaKey.version)
  if (!isJsonObject(meta[metaKey.clientCapabilities])) throw lacks(metaKey.clientCapabilities)
}

export function isStateless(version: string): boolean {
  return stateless.versions.includes(version)
}

function lacks(key: string): ProtocolError {
  return new ProtocolError(errorCode.invalidParams, `\`_meta\` of every request has \`${key}\``, { status: 400 })
}

function unsupported(requested: string): ProtocolError {
  return new ProtocolError(errorCode.unsupportedVersion, 'Unsupported protocol version', {
    data: { supported: stateless.versions, requested: requested.slice(0, 100) },
    status: 400,
  })
}
