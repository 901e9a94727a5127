import { createAuthority } from '@gatehouse/access'
import { type Changes, Failure, isJsonObject, type JsonObject, type Scalar } from '@gatehouse/core'
import type { GrantConfig } from '../../config/config.js'
import { administratorRole } from '../../config/names.js'
import { newAjv } from '../../config/new-ajv.js'
import { problemsOf } from '../../config/problems.js'
import { grantSchema } from '../../config/schema.js'
import { policyProblems } from '../../policy-problems.js'
import { requireUnlimited } from '../may-give.js'
import type { Draft, RuleContext, Stored, SystemTable } from '../system-table.js'
import { jsonIn, nameIn, required, storedJson } from '../values.js'

const ajv = newAjv()
const checkGrant = ajv.compile(grantSchema)

/** Roles. Only who may do everything writes them: whoever decides what roles may do can do all of it. */
export function rolesTable(changes: Changes): SystemTable {
  return {
    name: 'roles',
    description: 'Named sets of grants',
    hidden: ['tenant'],
    kept: ['source', 'created', 'changed'],
    filled: [],
    rules: {
      create(draft, context) {
        requireUnlimited(context, 'make roles')
        const name = required(nameIn(draft, /^[\w.-]{1,190}$/, 'letters, digits and . _ -'), 'name')
        if (Object.hasOwn(context.tenant.access().roles, name) || name === administratorRole) {
          throw new Failure('conflict', `There is a role \`${name}\` already`)
        }
        return { row: draft }
      },
      update(draft, _before, context) {
        requireUnlimited(context, 'change roles')
        if (draft.has('name')) throw new Failure('invalid', 'A role keeps its name: users and keys have it by it')
        return { row: draft }
      },
      remove: (_before, context) => requireUnlimited(context, 'delete roles'),
      after: (_touched, { tenant }) => changes.announce(tenant.name, 'access'),
    },
  }
}

const grantColumns = ['service', 'resource', 'verbs', 'surfaces', 'fields', 'rows', 'max_rows', 'timeout', 'deny']
const jsonColumns = new Set(['verbs', 'surfaces', 'fields'])

/** What roles allow, one entry a row, as in the configuration file. */
export function grantsTable(changes: Changes): SystemTable {
  async function ruled(draft: Draft, before: Stored | undefined, context: RuleContext) {
    requireUnlimited(context, before ? 'change grants' : 'make grants')
    const role = await context.row('roles', 'role_id', draft.get('role_id') ?? Number(before?.role_id))
    if (role.source === 'file') throw new Failure('forbidden', 'The role is defined by the configuration file')
    judge({ ...(before && storedGrant(before)), ...grantOf(draft) }, context)
    const row = new Map<string, Scalar>(draft)
    if (!before && !row.has('deny')) row.set('deny', false)
    return { row }
  }
  return {
    name: 'grants',
    description: 'What a role allows or denies on a resource of a service',
    hidden: ['tenant'],
    kept: ['source', 'created', 'changed'],
    filled: ['deny'],
    rules: {
      create: (draft, context) => ruled(draft, undefined, context),
      update: ruled,
      remove: (_before, context) => requireUnlimited(context, 'delete grants'),
      after: (_touched, { tenant }) => changes.announce(tenant.name, 'access'),
    },
  }
}

/** As for a grant of the file: its form, its meaning, and the tables that the databases know. Throws `invalid`. */
function judge(grant: JsonObject, context: RuleContext): void {
  const clean = Object.fromEntries(Object.entries(grant).filter(([, value]) => value !== null && value !== undefined))
  const problems = checkGrant(clean)
    ? []
    : problemsOf(checkGrant.errors ?? [], []).map(({ path, message }) => `${path.join('.')}: ${message}`)
  const config = clean as unknown as GrantConfig
  if (problems.length === 0) {
    const names = [...context.services().map(({ name }) => name), '*']
    if (!names.includes(config.service)) problems.push(`service: there is no service \`${config.service}\``)
    try {
      createAuthority({ role: { grants: [config] } })
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown
      problems.push(thrown.message)
    }
    problems.push(...policyProblems({ role: { grants: [config] } }, context.services()))
  }
  if (problems.length === 0) return
  throw new Failure(
    'invalid',
    `This grant cannot be: ${problems.join('; ').replaceAll('roles.role.grants.0', 'grant')}`,
  )
}

function grantOf(draft: Draft): JsonObject {
  return Object.fromEntries(
    grantColumns.flatMap((name) => {
      if (!draft.has(name)) return []
      const value = jsonColumns.has(name) ? jsonIn(draft, name) : draft.get(name)
      return [[name, typeof value === 'bigint' ? Number(value) : ((value ?? null) as JsonObject[string])]]
    }),
  )
}

function storedGrant(row: Stored): JsonObject {
  return Object.fromEntries(
    grantColumns.map((name) => {
      const value = jsonColumns.has(name) ? storedJson(row, name) : row[name]
      return [name, isJsonObject(value) || value !== undefined ? value : null]
    }),
  )
}
