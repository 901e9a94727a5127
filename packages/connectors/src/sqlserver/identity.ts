import { Failure, type Identity, isJsonObject, type JsonObject } from '@gatehouse/core'
import { identityText, noIdentity } from '../sql/identity-text.js'

/** Who a call is in the database. */
export interface CallerContext {
  /** Keys of SESSION_CONTEXT. */
  readonly context: readonly (readonly [key: string, value: string])[]
  /** The database user as whom every statement runs. */
  readonly user?: string
}

/** Makes a caller's context, or undefined where the service passes no identity through. Throws `forbidden`. */
export type ContextOf = ((identity: Identity) => CallerContext) | undefined

/**
 * `identity` of a service: `{session_context: {user_id: "{user.id}"}, execute_as: "{user.db_user}"}`. Names and values
 * are bound, never part of the SQL. Throws `invalid` for anything else.
 */
export function contextOf(config: JsonObject['identity']): ContextOf {
  if (config === undefined || config === null) return undefined
  if (!isJsonObject(config)) throw invalid('{session_context, execute_as}')
  for (const name of Object.keys(config)) {
    if (name !== 'session_context' && name !== 'execute_as') throw invalid('{session_context, execute_as}')
  }
  const keys: (readonly [name: string, template: string])[] = []
  const { session_context: context, execute_as: user } = config
  if (context !== undefined && context !== null) {
    if (!isJsonObject(context)) throw invalid('texts by name as `session_context`')
    for (const [name, template] of Object.entries(context)) {
      if (typeof template !== 'string') throw invalid(`a text as \`${name}\``)
      if (name.length === 0 || name.length > 128) throw invalid('names of at most 128 characters in `session_context`')
      keys.push([name, template])
    }
  }
  if (user !== undefined && user !== null && typeof user !== 'string') throw invalid('a text as `execute_as`')
  if (keys.length === 0 && !user) return undefined
  return (identity) => ({
    context: keys.map(([name, template]) => [name, identityText(template, identity)]),
    ...(user ? { user: userOf(user, identity) } : {}),
  })
}

function invalid(expected: string): Failure {
  return new Failure('invalid', `\`identity\` of a sqlserver service takes ${expected}`)
}

/** The owner of the database and the built-in users are nobody's identity: they would take the limits away. */
const builtIn = new Set(['', 'dbo', 'sys', 'information_schema'])

function userOf(template: string, identity: Identity): string {
  const user = identityText(template, identity)
  if (builtIn.has(user.trim().toLowerCase())) throw noIdentity()
  return user
}
