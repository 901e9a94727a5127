import { type ProviderConfig, type ProviderType, providerTypes } from '@gatehouse/access'
import {
  isJsonObject,
  type JsonObject,
  type JsonSchema,
  type JsonValue,
  nearest,
  type ObjectSchema,
} from '@gatehouse/core'
import { objectOf, oneOrMany } from './json-parts.js'
import type { Problem } from './problems.js'

const strings: JsonSchema = { type: 'array', items: { type: 'string' } }

/** What every provider has, whatever its type. */
const commonProperties: Readonly<Record<string, JsonSchema>> = {
  type: { type: 'string' },
  label: { type: 'string', description: 'On the button of the login page. Default its name' },
  tenant: { type: 'string', description: 'Whose users they are. Default default' },
  return_to: {
    type: 'array',
    items: {
      type: 'string',
      pattern: '^(https://[^/?#@\\\\]+|http://(localhost|127(\\.\\d{1,3}){3}|\\[::1\\])(:\\d+)?)/[^?#\\\\]*$',
    },
    description:
      'Pages, beside our own, that may be given a code for a session: addresses, and all below those that end in /',
  },
  roles_claim: { type: 'string', description: 'The claim with roles or groups. Default groups' },
  roles: { type: 'object', additionalProperties: { anyOf: [{ type: 'string' }, strings] } },
  default_roles: { ...strings, description: 'Of everybody whom it vouches for' },
  attributes: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'By attribute: a claim, or a path to it: address.country',
  },
}

/** `sign_in.providers`, but for the keys of the types. */
export const providersSchema: JsonSchema = {
  type: 'object',
  propertyNames: { pattern: '^[a-z][a-z0-9_-]{0,62}$' },
  additionalProperties: {
    type: 'object',
    properties: commonProperties,
    required: ['type'],
  },
  description: 'Outside providers that people sign in with, by name',
}

/** Checks one provider against a schema. */
export type Check = (schema: ObjectSchema, value: JsonObject, path: Problem['path']) => Problem[]

/** What is wrong with the providers' own keys, and with what a schema cannot say. */
export function providerProblems(file: JsonObject, check: Check): Problem[] {
  const problems: Problem[] = []
  const names = Object.keys(providerTypes)
  for (const [name, value] of Object.entries(objectOf(objectOf(file.sign_in).providers))) {
    const path = ['sign_in', 'providers', name]
    if (!isJsonObject(value) || typeof value.type !== 'string') continue
    if (name === 'local') problems.push({ path, message: 'local users are here already: choose another name' })
    const type = Object.hasOwn(providerTypes, value.type) ? providerTypes[value.type] : undefined
    if (!type) {
      const near = nearest(value.type, names)
      const hint = near === undefined ? '' : ` Did you mean \`${near}\`?`
      problems.push({
        path: [...path, 'type'],
        message: `there is no type \`${value.type}\`.${hint} Types: ${names.join(', ')}`,
      })
      continue
    }
    const wrong = check(wholeSchema(type), value, path)
    problems.push(...wrong, ...roleProblems(file, value, path))
    if (wrong.length > 0) continue
    for (const { key, message } of type.problems?.(settingsOf(value)) ?? []) {
      problems.push({ path: [...path, ...(key === '' ? [] : key.split('.'))], message })
    }
  }
  return problems
}

function wholeSchema({ schema }: ProviderType): ObjectSchema {
  return {
    ...schema,
    // What every provider has is checked already: here it is only known.
    properties: { ...schema.properties, ...Object.fromEntries(Object.keys(commonProperties).map((key) => [key, {}])) },
    required: ['type', ...(schema.required ?? [])],
    additionalProperties: false,
  }
}

function roleProblems(file: JsonObject, provider: JsonObject, path: Problem['path']): Problem[] {
  const name = typeof provider.tenant === 'string' ? provider.tenant : 'default'
  const tenant = name === 'default' ? file : objectOf(file.tenants)[name]
  if (!isJsonObject(tenant)) return [{ path: [...path, 'tenant'], message: `there is no tenant \`${name}\`` }]
  const known = [...Object.keys(objectOf(tenant.roles)), 'administrator']
  const mapped = Object.entries(objectOf(provider.roles)).flatMap(([value, roles]) =>
    oneOrMany(roles).map((role) => ({ role, at: ['roles', value] })),
  )
  const always = oneOrMany(provider.default_roles).map((role) => ({ role, at: ['default_roles'] }))
  return [...mapped, ...always].flatMap(({ role, at }) => {
    if (known.includes(role)) return []
    const near = nearest(role, known)
    const hint = near === undefined ? '' : `. Did you mean \`${near}\`?`
    return [{ path: [...path, ...at], message: `there is no role \`${role}\`${hint}` }]
  })
}

/** Fills in the defaults. The value has passed the schemas. */
export function providersOf(value: JsonValue | undefined): readonly (ProviderConfig & { readonly tenant: string })[] {
  return Object.entries(objectOf(value)).map(([name, entry]) => {
    const provider = objectOf(entry)
    const text = (key: string, fallback: string) => {
      const given = provider[key]
      return typeof given === 'string' ? given : fallback
    }
    return {
      name,
      type: text('type', ''),
      tenant: text('tenant', 'default'),
      label: text('label', name),
      returnTo: oneOrMany(provider.return_to),
      rolesClaim: text('roles_claim', 'groups'),
      roles: Object.fromEntries(
        Object.entries(objectOf(provider.roles)).map(([claim, roles]) => [claim, oneOrMany(roles)]),
      ),
      defaultRoles: oneOrMany(provider.default_roles),
      attributes: Object.fromEntries(
        Object.entries(objectOf(provider.attributes)).map(([attribute, claim]) => [attribute, String(claim)]),
      ),
      settings: settingsOf(provider),
    }
  })
}

function settingsOf(provider: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(provider).filter(([key]) => !Object.hasOwn(commonProperties, key)))
}
