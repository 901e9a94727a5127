import type { Catalog, JsonValue, Operation, Service, Surface, Verb } from '@gatehouse/core'
import { aliasesOf } from '../database/aliases.js'
import { flagOf } from '../database/arguments.js'
import { tableOperations } from '../database/database-operations.js'
import { dryRun } from '../database/properties.js'
import { serviceOperations } from '../database/service-operations.js'
import { type Layout, sourceOf } from '../database/source.js'

const layout: Layout = {
  tablePath: '/{table_name}',
  resource: (table) => table,
}

/**
 * Gatehouse's own data behind the operations of a database, and what can be done to its services. It is written over
 * REST alone: no agent, however well talked to, makes users or roles. A record is not replaced whole, since rules keep
 * some of its columns.
 */
export function systemOperations(service: Service, catalog: Catalog): readonly Operation[] {
  const source = sourceOf(service, catalog, layout)
  const tables = tableOperations(source)
    .filter(({ name }) => !name.startsWith('replace_'))
    .map((operation) => (writes.has(operation.effect) ? { ...operation, surfaces: overRest } : operation))
  return [...serviceOperations(source), ...tables, refreshService(service.name)]
}

const writes: ReadonlySet<Verb> = new Set<Verb>(['create', 'update', 'delete'])
const overRest: readonly Surface[] = ['rest']

function refreshService(system: string): Operation {
  return {
    name: 'refresh_service',
    service: system,
    effect: 'execute',
    title: 'Refresh a service',
    summary: 'Read the schema of a service anew',
    description:
      'Reads the schema of one service from its source at once, so that changes there show without waiting. Example: {"service_name":"salesdb"}',
    surfaces: ['rest', 'mcp'],
    http: { methods: ['POST'], path: '/services/{service_name}/_refresh' },
    input: {
      type: 'object',
      properties: { service_name: { type: 'string', description: 'Name of the service' }, dry_run: dryRun },
      required: ['service_name'],
      additionalProperties: false,
    },
    output: {
      type: 'object',
      properties: {
        changed: { type: 'boolean' },
        tables: { type: 'integer' },
        routines: { type: 'integer' },
      },
    },
    aliases: aliasesOf(['service_name', 'dry_run']),
    idempotent: true,
    destructive: false,
    resource: (input) => `services/${nameOf(input.service_name)}/_refresh`,
    plan: (input) => ({
      kind: 'control',
      action: 'refresh_service',
      service: nameOf(input.service_name),
      ...(flagOf(input.dry_run) && { dryRun: true }),
    }),
  }
}

function nameOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}
