import { type Authority, Failure, type Grant, type Principal, type Surface } from '@gatehouse/core'
import { BoundedMap } from './bounded-map.js'
import { compileRole, type Entry } from './compile-role.js'
import { roleGrants, roleReaches } from './role-grants.js'
import { roleProblems } from './role-problems.js'
import type { RoleConfig, RolesConfig } from './roles-config.js'

const remembered = 20_000
const nothing: readonly Grant[] = []

/**
 * Answers what the roles allow. Deny by default: an unknown role allows nothing.
 *
 * The same question is answered by the same array of the same Grant objects for as long as the roles stay, also when
 * the answer had been forgotten in between: equal answers are made once. So others may key their caches by them.
 * Principals with an equal `scope` must have the same roles.
 *
 * Throws `invalid` when the roles are wrong, with all that is wrong in its context.
 */
export function createAuthority(roles: RolesConfig): Authority & { replace(roles: RolesConfig): void } {
  // Of many roles one changes: the others are the same objects as before.
  const known = new WeakMap<RoleConfig, readonly Entry[]>()
  let compiled = compileRoles(roles, known)
  let version = 1
  const answers = new BoundedMap<string, readonly Grant[]>(remembered)
  const reached = new BoundedMap<string, boolean>(remembered)
  const arrays = new Map<string, readonly Grant[]>()
  const grantsByKey = new Map<string, Grant>()

  const entriesOf = (principal: Principal): [string, readonly Entry[]][] =>
    [...new Set(principal.roles)].sort().flatMap((role) => {
      const entries = compiled.get(role)
      return entries ? [[role, entries] as [string, readonly Entry[]]] : []
    })

  const resolve = (principal: Principal, service: string, resource: string, surface: Surface): readonly Grant[] => {
    const keys = entriesOf(principal).flatMap(([role, entries]) =>
      roleGrants(entries, service, resource, surface).map(({ termsKey, terms, verbs }) => {
        const key = JSON.stringify([role, [...verbs].sort(), termsKey])
        if (!grantsByKey.has(key)) grantsByKey.set(key, Object.freeze({ role, verbs, ...terms }))
        return key
      }),
    )
    if (keys.length === 0) return nothing
    const arrayKey = keys.join()
    let array = arrays.get(arrayKey)
    if (!array) {
      array = Object.freeze(keys.flatMap((key) => grantsByKey.get(key) ?? []))
      arrays.set(arrayKey, array)
    }
    return array
  }

  return {
    get version() {
      return version
    },
    grants(principal, service, resource, surface) {
      const question = `${principal.scope}\n${surface}\n${service}\n${resource}`
      let answer = answers.get(question)
      if (!answer) {
        answer = resolve(principal, service, resource, surface)
        answers.set(question, answer)
      }
      return answer
    },
    reaches(principal, service, surface) {
      const question = `${principal.scope}\n${surface}\n${service}`
      let answer = reached.get(question)
      if (answer === undefined) {
        answer = entriesOf(principal).some(([, entries]) => roleReaches(entries, service, surface))
        reached.set(question, answer)
      }
      return answer
    },
    patterns(principal, service, surface) {
      const asked = entriesOf(principal).flatMap(([, entries]) =>
        entries.filter((e) => (e.service === service || e.service === '*') && e.surfaces.has(surface)),
      )
      return [...new Set(asked.map((entry) => entry.resource.text))].sort()
    },
    replace(next) {
      compiled = compileRoles(next, known)
      version++
      for (const cache of [answers, reached, arrays, grantsByKey]) cache.clear()
    },
  }
}

function compileRoles(
  roles: RolesConfig,
  known: WeakMap<RoleConfig, readonly Entry[]>,
): ReadonlyMap<string, readonly Entry[]> {
  const fresh = Object.entries(roles).filter(([, config]) => !known.has(config))
  const problems = roleProblems(Object.fromEntries(fresh))
  if (problems.length > 0) {
    throw new Failure('invalid', `The roles are wrong: ${problems.map((p) => `${p.path}: ${p.message}`).join('; ')}`, {
      context: problems.map(({ path, message }) => ({ path, message })),
    })
  }
  for (const [, config] of fresh) known.set(config, compileRole(config))
  return new Map(Object.entries(roles).map(([role, config]) => [role, known.get(config) ?? compileRole(config)]))
}
