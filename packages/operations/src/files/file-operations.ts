import type { Operation, Service } from '@gatehouse/core'
import { type FileRule, fileOperation } from './file-operation.js'
import { readRules } from './read-rules.js'
import { writeRules } from './write-rules.js'

const rules: readonly FileRule[] = [...readRules, ...writeRules]
const surfaces = ['rest', 'mcp'] as const

/**
 * What can be done with the files of a storage. The same operation has words and parameters of its own on each surface:
 * over HTTP much of it travels in headers and streams.
 */
export function fileOperations(service: Service): readonly Operation[] {
  if (!service.connector.capabilities.files) return []
  const operations = rules.flatMap((rule) => surfaces.flatMap((surface) => fileOperation(service, rule, surface) ?? []))
  return [...operations, specification(service)]
}

function specification({ name }: Service): Operation {
  return {
    name: 'get_api_spec',
    service: name,
    effect: 'read',
    title: 'Get API specification',
    summary: 'Get API specification',
    description: 'The OpenAPI document of the REST API of this service, with only what you may use.',
    surfaces: ['rest'],
    http: { methods: ['GET'], path: '/_spec' },
    input: { type: 'object', properties: { dry_run: { type: 'boolean' } }, additionalProperties: false },
    output: { type: 'object' },
    aliases: {},
    idempotent: true,
    destructive: false,
    resource: () => '_spec',
    plan: (input) => ({ kind: 'catalog', answer: 'spec', ...(input.dry_run === true && { dryRun: true }) }),
  }
}
