import { type Changes, Failure, type JsonObject, type Scalar } from '@gatehouse/core'
import type { ValidateFunction } from 'ajv/dist/2020.js'
import { newAjv } from '../../config/new-ajv.js'
import { problemsOf } from '../../config/problems.js'
import { endpointSchema, limitSchema } from '../../config/schema.js'
import type { Draft, RuleContext, Stored, SystemTable } from '../system-table.js'
import { nameIn, required, storedJson, textsIn } from '../values.js'

const ajv = newAjv()
const checkLimit = ajv.compile(limitSchema)
const checkEndpoint = ajv.compile(endpointSchema)

const limitColumns = ['per', 'role', 'service', 'resource', 'operation', 'rate', 'period']
const endpointColumns = ['services', 'default_limit', 'max_limit', 'api_keys', 'read_only']

/** Rate limits, as in the configuration file. */
export function limitsTable(changes: Changes): SystemTable {
  const ruled = (draft: Draft, before: Stored | undefined, context: RuleContext) => {
    const limit = merged(draft, before, limitColumns)
    judge(checkLimit, limit, 'limit')
    requireKnown(limit.role, Object.keys(context.tenant.access().roles), 'role')
    requireKnown(limit.service, serviceNames(context), 'service')
    return { row: draft }
  }
  return {
    name: 'limits',
    description: 'At most `rate` calls in each `period`, counted `per` something',
    hidden: ['tenant'],
    kept: ['source', 'created', 'changed'],
    filled: [],
    rules: {
      create: (draft, context) => ruled(draft, undefined, context),
      update: ruled,
      remove: () => undefined,
      after: (_touched, { tenant }) => changes.announce(tenant.name, 'access'),
    },
  }
}

/** MCP endpoints, as in the configuration file: each is /mcp/{name}. */
export function endpointsTable(changes: Changes): SystemTable {
  const ruled = (draft: Draft, before: Stored | undefined, context: RuleContext) => {
    const services = textsIn(draft, 'services')
    judge(checkEndpoint, merged(draft, before, endpointColumns), 'endpoint')
    for (const service of services ?? []) requireKnown(service, serviceNames(context), 'service')
    return { row: new Map<string, Scalar>(draft) }
  }
  return {
    name: 'mcp_endpoints',
    description: 'MCP endpoints: /mcp/{name}, with the services that each exposes (none named: all)',
    hidden: ['tenant'],
    kept: ['source', 'created', 'changed'],
    filled: [],
    rules: {
      create(draft, context) {
        const name = required(nameIn(draft, /^[a-z][a-z0-9_-]{0,62}$/, 'lower case letters, digits, _ and -'), 'name')
        if (Object.hasOwn(context.tenant.access().mcp, name)) {
          throw new Failure('conflict', `There is an MCP endpoint \`${name}\` already`)
        }
        return ruled(draft, undefined, context)
      },
      update(draft, before, context) {
        if (draft.has('name')) throw new Failure('invalid', 'An endpoint keeps its name: it is its address')
        return ruled(draft, before, context)
      },
      remove: () => undefined,
      after: (_touched, { tenant }) => changes.announce(tenant.name, 'access'),
    },
  }
}

function serviceNames(context: RuleContext): readonly string[] {
  return context.services().map(({ name }) => name)
}

/** The row as it will be, with what has a value. */
function merged(draft: Draft, before: Stored | undefined, columns: readonly string[]): JsonObject {
  return Object.fromEntries(
    columns.flatMap((name) => {
      const json = name === 'services'
      const stored = before && (json ? storedJson(before, name) : before[name])
      const given = json ? textsIn(draft, name) : draft.get(name)
      const value = draft.has(name) ? given : stored
      if (value === undefined || value === null || value instanceof Uint8Array) return []
      return [[name, typeof value === 'bigint' ? Number(value) : (value as JsonObject[string])]]
    }),
  )
}

function judge(check: ValidateFunction, value: JsonObject, what: string): void {
  if (check(value)) return
  const problems = problemsOf(check.errors ?? [], []).map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  )
  throw new Failure('invalid', `This ${what} cannot be: ${problems.join('; ')}`)
}

function requireKnown(name: JsonObject[string], known: readonly string[], what: string): void {
  if (typeof name !== 'string' || known.includes(name)) return
  throw new Failure('invalid', `There is no ${what} \`${name.slice(0, 100)}\``)
}
