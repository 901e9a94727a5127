import { isIP } from 'node:net'
import { Failure, isJsonObject, type JsonObject } from '@gatehouse/core'
import { fileConfig } from '../files/config.js'
import { rootPrefix } from '../objects/keys.js'

/** As whom: the account itself, whoever has the signature in the URL, or an identity of Entra. */
export type AzureCredential =
  | { readonly kind: 'account_key'; readonly account: string; readonly key: string }
  | { readonly kind: 'sas' }
  | {
      readonly kind: 'identity'
      readonly tenantId?: string
      readonly clientId?: string
      readonly clientSecret?: string
    }

export interface AzureTarget {
  /** Of the container, with its shared access signature where there is one. */
  readonly url: string
  readonly credential: AzureCredential
  /** Empty, or ends in `/`. */
  readonly root: string
}

const parts = {
  account: { type: 'string', minLength: 3, description: 'Name of the storage account' },
  endpoint: { type: 'string', description: 'Default https://ACCOUNT.blob.core.windows.net' },
  container: { type: 'string', minLength: 1 },
  account_key: { type: 'string', minLength: 1, writeOnly: true },
  sas: { type: 'string', minLength: 1, writeOnly: true, description: 'A shared access signature: sv=...&sig=...' },
  connection_string: { type: 'string', minLength: 1, writeOnly: true, description: 'As the portal shows it' },
  tenant_id: { type: 'string', minLength: 1, description: 'Of an identity' },
  client_id: { type: 'string', minLength: 1, description: 'Of an identity' },
  client_secret: { type: 'string', minLength: 1, writeOnly: true, description: 'Of an identity' },
} as const

export const azureConfig = fileConfig(
  {
    connection: {
      title: 'Connection',
      description:
        'The URL of a container, with a shared access signature or for an identity; a connection string; or its parts',
      oneOf: [
        { type: 'string', minLength: 1, writeOnly: true },
        { type: 'object', properties: parts, additionalProperties: false },
      ],
    },
    container: { type: 'string', description: 'Where `connection` does not name it' },
    root: { type: 'string', description: 'Only what is below this folder of the container is served' },
  },
  ['connection'],
)

type Parts = Partial<Record<keyof typeof parts | 'root', string>>

/** Throws `invalid`, never with any part of the connection in its message: it may hold a key. */
export function targetOf(config: JsonObject): AzureTarget {
  const given = partsOf(config.connection)
  const whole =
    given.connection_string === undefined ? given : { ...fromConnectionString(given.connection_string), ...given }
  const container = whole.container ?? (typeof config.container === 'string' ? config.container : undefined)
  if (container === undefined || !/^(?:\$root|\$web|[a-z\d](?:-?[a-z\d]){2,62})$/.test(container)) {
    throw invalid('a `container`, in lower-case letters, digits and single hyphens')
  }
  const roots = [whole.root, config.root].filter((part) => typeof part === 'string')
  return {
    url: containerUrl(whole, container),
    credential: credentialOf(whole),
    root: roots.map((part) => rootPrefix(part)).join(''),
  }
}

function invalid(expected: string): Failure {
  return new Failure('invalid', `\`connection\` of an azure_blob service takes ${expected}`, {
    hint: 'https://ACCOUNT.blob.core.windows.net/CONTAINER?SIGNATURE, a connection string, or {account, container, account_key}',
  })
}

function partsOf(connection: JsonObject[string]): Parts {
  if (typeof connection === 'string') {
    return /^https?:\/\//i.test(connection) ? fromUrl(connection) : { connection_string: connection }
  }
  if (!isJsonObject(connection)) throw invalid('a URL, a connection string or its parts')
  const given: Parts = {}
  for (const [name, value] of Object.entries(connection)) {
    if (!isPart(name)) throw invalid(`no \`${name.replace(/[^\w-]/g, '?')}\``)
    if (value === undefined || value === null || value === '') continue
    if (typeof value !== 'string') throw invalid(`a text as \`${name}\``)
    given[name] = value
  }
  return given
}

function isPart(name: string): name is keyof typeof parts {
  return Object.hasOwn(parts, name)
}

/** An emulator has the account in its path, since its host is an address. */
function fromUrl(text: string): Parts {
  if (!URL.canParse(text)) throw invalid('the URL of a container')
  const url = new URL(text)
  const segments = url.pathname.split('/').slice(1).map(decoded)
  const account = isIP(url.hostname) > 0 || url.hostname === 'localhost' ? segments.shift() : undefined
  const [container, ...root] = segments
  const sas = url.search.slice(1)
  return {
    endpoint: account === undefined ? url.origin : `${url.origin}/${account}`,
    ...(container ? { container } : {}),
    ...(root.join('/') ? { root: root.join('/') } : {}),
    ...(sas ? { sas } : {}),
  }
}

function decoded(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    throw invalid('the URL of a container')
  }
}

/** `AccountName=...;AccountKey=...;EndpointSuffix=core.windows.net`, or `BlobEndpoint=...;SharedAccessSignature=...` */
function fromConnectionString(text: string): Parts {
  const fields = new Map<string, string>()
  for (const field of text.split(';').map((part) => part.trim())) {
    const equals = field.indexOf('=')
    if (equals > 0) fields.set(field.slice(0, equals).toLowerCase(), field.slice(equals + 1))
  }
  const account = fields.get('accountname')
  const key = fields.get('accountkey')
  const sas = fields.get('sharedaccesssignature')
  const suffix = fields.get('endpointsuffix') ?? 'core.windows.net'
  const protocol = fields.get('defaultendpointsprotocol') ?? 'https'
  const endpoint = fields.get('blobendpoint') ?? (account && `${protocol}://${account}.blob.${suffix}`)
  if (endpoint === undefined || (key === undefined && sas === undefined)) throw invalid('a whole connection string')
  return { endpoint, ...(account ? { account } : {}), ...(key ? { account_key: key } : {}), ...(sas ? { sas } : {}) }
}

function containerUrl({ endpoint, account, sas }: Parts, container: string): string {
  const base =
    endpoint ?? (account && /^[a-z\d]{3,24}$/.test(account) ? `https://${account}.blob.core.windows.net` : undefined)
  if (base === undefined || !URL.canParse(base) || !/^https?:$/.test(new URL(base).protocol)) {
    throw invalid('an `account`, or an http:// or https:// URL as `endpoint`')
  }
  const signature = sas === undefined ? '' : `?${sas.replace(/^\?/, '')}`
  return `${base.replace(/\/+$/, '')}/${container}${signature}`
}

function credentialOf(given: Parts): AzureCredential {
  const {
    account,
    account_key: key,
    sas,
    tenant_id: tenantId,
    client_id: clientId,
    client_secret: clientSecret,
  } = given
  if (key !== undefined) {
    if (account === undefined) throw invalid('an `account` with its `account_key`')
    return { kind: 'account_key', account, key }
  }
  if (sas !== undefined) return { kind: 'sas' }
  if (clientSecret !== undefined && (tenantId === undefined || clientId === undefined)) {
    throw invalid('`tenant_id` and `client_id` with `client_secret`')
  }
  return {
    kind: 'identity',
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(clientSecret === undefined ? {} : { clientSecret }),
  }
}
