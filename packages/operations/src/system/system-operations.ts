import type { Catalog, JsonValue, Operation, Service } from '@gatehouse/core'
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

/** Gatehouse's own data behind the operations of a database, and what can be done to its services. */
export function systemOperations(service: Service, catalog: Catalog): readonly Operation[] {
  const source = sourceOf(service, catalog, layout)
  return [...serviceOperations(source), ...tableOperations(source), refreshService(service.name)]
}

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
