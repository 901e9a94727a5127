import { Failure, type Identity, isJsonObject, type JsonObject } from '@gatehouse/core'
import { identityText, noIdentity } from '../sql/identity-text.js'
import type { ClientMark } from './connection.js'

/** As whom the database sees one call. */
export interface Passed {
  readonly mark: ClientMark
  /** The database user in whose name the connection is made; undefined: the service's own. */
  readonly proxy: string | undefined
}

const names = ['client_identifier', 'client_info', 'proxy_user'] as const
/** The service itself. */
export const nobody: Passed = { mark: { identifier: '', info: '' }, proxy: undefined }
/** JSON would be too long for what the server takes. */
const commaSeparated = { roles: ({ roles }: Identity) => roles.join(',') }
/** The server cuts off what is longer, and two callers could become one. */
const mostBytes = 64

/**
 * `identity` of a service: `{client_identifier: "{user.id}", client_info: "{user.name}", proxy_user: "{user.db_user}"}`.
 * Throws `invalid` for anything else. What it returns throws `forbidden` for a caller who has no such identity.
 */
export function identityOf(config: JsonObject['identity']): (identity: Identity) => Passed {
  if (config === undefined || config === null) return () => nobody
  if (!isJsonObject(config)) throw invalid('{client_identifier, client_info, proxy_user}')
  for (const [name, template] of Object.entries(config)) {
    if (!names.some((known) => known === name)) throw invalid(`${names.join(', ')}; it has no \`${name}\``)
    if (template !== null && typeof template !== 'string') throw invalid(`a text as \`${name}\``)
  }
  const fill = (name: (typeof names)[number], identity: Identity): string => {
    const template = config[name]
    return typeof template === 'string' ? identityText(template, identity, commaSeparated) : ''
  }
  return (identity) => {
    const mark = { identifier: fill('client_identifier', identity), info: fill('client_info', identity) }
    for (const text of [mark.identifier, mark.info]) if (Buffer.byteLength(text) > mostBytes) throw noIdentity()
    const proxy = fill('proxy_user', identity)
    // Nobody by that name would be the service's own user, with its rights.
    if (typeof config.proxy_user === 'string' && !/^[A-Za-z][\w$#]{0,127}$/.test(proxy)) throw noIdentity()
    return { mark, proxy: proxy === '' ? undefined : proxy }
  }
}

function invalid(expected: string): Failure {
  return new Failure('invalid', `\`identity\` of an oracle service takes ${expected}`)
}
