import { Failure, type Identity, isJsonObject, type JsonObject } from '@gatehouse/core'
import { identityText, noIdentity } from '../sql/identity-text.js'
import type { Step } from './outgoing.js'

/** The step that makes a transaction the caller's, or undefined where the service passes no identity through. */
export type IdentitySteps = ((identity: Identity) => Step) | undefined

/**
 * `identity` of a service: `{set_role: "{user.db_role}", settings: {"request.jwt.claims": "{user.claims}"}}`. Names and
 * values are bound, never part of the SQL. Throws `invalid` for anything else.
 */
export function identitySteps(config: JsonObject['identity']): IdentitySteps {
  if (config === undefined || config === null) return undefined
  if (!isJsonObject(config)) throw invalid('{set_role, settings}')
  const { set_role: role, settings } = config
  const templates: (readonly [name: string, template: string])[] = []
  if (settings !== undefined && settings !== null) {
    if (!isJsonObject(settings)) throw invalid('texts by name as `settings`')
    for (const [name, template] of Object.entries(settings)) {
      if (typeof template !== 'string') throw invalid(`a text as the setting \`${name}\``)
      if (!/^[A-Za-z_]\w*\.[\w.]+$/.test(name)) throw invalid('names with a point for settings: `request.jwt.claims`')
      templates.push([name, template])
    }
  }
  if (role !== undefined && role !== null) {
    if (typeof role !== 'string') throw invalid('a text as `set_role`')
    // Last, since the role may be one that sees less.
    templates.push(['role', role])
  }
  if (templates.length === 0) return undefined
  const calls = templates.map((_, i) => `set_config($${2 * i + 1}, $${2 * i + 2}, true)`)
  const text = `SELECT ${calls.join(', ')}`
  return (identity) => ({
    text,
    name: 'gh_identity',
    values: templates.flatMap(([name, template]) => [name, filled(name, template, identity)]),
  })
}

function invalid(expected: string): Failure {
  return new Failure('invalid', `\`identity\` of a postgres service takes ${expected}`)
}

function filled(setting: string, template: string, identity: Identity): string {
  const value = identityText(template, identity)
  // "none" is not a role: it would give the call the rights of the service's own user.
  if (setting === 'role' && (value.trim() === '' || value.trim().toLowerCase() === 'none')) throw noIdentity()
  return value
}
