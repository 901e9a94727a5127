import { isJsonObject, type JsonObject, type JsonValue, nearest } from '@gatehouse/core'
import { listOf, objectOf, oneOrMany, text, texts } from './json-parts.js'
import { administratorRole } from './names.js'
import type { Problem } from './problems.js'
import { promptProblems } from './prompts-config.js'
import { relationshipProblems } from './relationships.js'

/** What a schema cannot say of a tenant: names that must exist, values that must be unique. */
export function meaningProblems(value: JsonObject, below: Problem['path']): Problem[] {
  const problems: Problem[] = []
  const roles = new Set([...Object.keys(objectOf(value.roles)), administratorRole])
  const services = new Set([...Object.keys(objectOf(value.services)), 'system'])
  const known = (kind: string, name: JsonValue | undefined, names: ReadonlySet<string>, path: Problem['path']) => {
    if (typeof name !== 'string' || names.has(name)) return
    // A look at each of very many names takes its time: whoever has so many problems reads the first ones.
    const near = problems.length < 100 ? nearest(name, [...names]) : undefined
    problems.push({ path, message: `there is no ${kind} \`${name}\`${near ? `. Did you mean \`${near}\`?` : ''}` })
  }
  for (const [role, entry] of Object.entries(objectOf(value.roles))) {
    for (const [i, grant] of listOf(isJsonObject(entry) ? entry.grants : undefined).entries()) {
      if (!isJsonObject(grant)) continue
      if (grant.service !== '*')
        known('service', grant.service, services, [...below, 'roles', role, 'grants', i, 'service'])
      if (grant.deny !== true && listOf(grant.verbs).length === 0) {
        problems.push({
          path: [...below, 'roles', role, 'grants', i],
          message: 'a grant needs `verbs`, or `deny: true`',
        })
      }
    }
  }
  problems.push(...relationshipProblems(objectOf(value.services), below))
  const names = new Set<string>()
  for (const [i, key] of listOf(value.keys).entries()) {
    if (!isJsonObject(key)) continue
    for (const [j, role] of listOf(key.roles).entries()) known('role', role, roles, [...below, 'keys', i, 'roles', j])
    if (typeof key.name === 'string' && names.has(key.name)) {
      problems.push({ path: [...below, 'keys', i, 'name'], message: `two keys are named \`${key.name}\`` })
    }
    names.add(String(key.name))
    if (typeof key.key === 'string' && key.key !== '' && key.key.length < 24) {
      problems.push({
        path: [...below, 'keys', i, 'key'],
        message: 'a key needs at least 24 characters, so that it cannot be guessed',
      })
    }
    if (typeof key.expires === 'string' && Number.isNaN(Date.parse(key.expires))) {
      problems.push({ path: [...below, 'keys', i, 'expires'], message: 'is no date such as 2027-12-31' })
    }
  }
  for (const [i, limit] of listOf(value.limits).entries()) {
    if (!isJsonObject(limit)) continue
    if (limit.role !== undefined) known('role', limit.role, roles, [...below, 'limits', i, 'role'])
    if (limit.service !== undefined) known('service', limit.service, services, [...below, 'limits', i, 'service'])
  }
  for (const [name, endpoint] of Object.entries(objectOf(value.mcp))) {
    if (!isJsonObject(endpoint)) continue
    for (const [i, service] of listOf(endpoint.services).entries()) {
      known('service', service, services, [...below, 'mcp', name, 'services', i])
    }
  }
  problems.push(...promptProblems(value.prompts, [...below, 'prompts']))
  return problems
}

/** What a schema cannot say of outside issuers, and of the tenants whose users they vouch for. `value` is the whole file. */
export function signInProblems(value: JsonObject): Problem[] {
  const problems: Problem[] = []
  const tenants = new Map([['default', value], ...Object.entries(objectOf(value.tenants))])
  if (isJsonObject(value.tenants) && 'default' in value.tenants) {
    problems.push({ path: ['tenants', 'default'], message: 'the default tenant is the file itself' })
  }
  for (const [name, issuer] of Object.entries(objectOf(objectOf(value.sign_in).issuers))) {
    const path = ['sign_in', 'issuers', name]
    const { tenant: of, issuer: url, roles, default_roles: always } = objectOf(issuer)
    const tenant = tenants.get(text(of) ?? 'default')
    if (!tenant) {
      problems.push({ path: [...path, 'tenant'], message: `there is no tenant \`${text(of)}\`` })
      continue
    }
    const own = [...Object.keys(objectOf(objectOf(tenant).roles)), administratorRole]
    for (const role of [...Object.values(objectOf(roles)).flatMap(oneOrMany), ...(texts(always) ?? [])]) {
      if (!own.includes(role)) problems.push({ path: [...path, 'roles'], message: `there is no role \`${role}\`` })
    }
    const { protocol, hostname } = new URL(text(url) ?? '')
    if (protocol !== 'https:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname)) {
      problems.push({ path: [...path, 'issuer'], message: 'an issuer of another machine must be https' })
    }
  }
  return problems
}
