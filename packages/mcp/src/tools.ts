import type { Operation } from '@gatehouse/core'

/** What a client sees of a tool. */
export interface ToolDefinition {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly inputSchema: object
  readonly outputSchema?: object
  readonly annotations: {
    readonly readOnlyHint: boolean
    readonly destructiveHint: boolean
    readonly idempotentHint: boolean
    /** A database is a closed world. */
    readonly openWorldHint: false
  }
}

/**
 * Operations that declare an output schema, so that a program can take their answer as data. They are short lists.
 * Records are not among them: structured content repeats the text, and a page of records is where the tokens are.
 * Nor are the model and the schema of a table, for the same reason.
 */
const structuredOperations: ReadonlySet<string> = new Set([
  'get_tables',
  'get_table_fields',
  'get_table_relationships',
  'get_stored_procedures',
  'get_stored_functions',
  'get_database_resources',
])

/** A list under `resource`. */
export const listOutput = { type: 'object', properties: { resource: { type: 'array' } } } as const

/** The answer of a dry run fits too: no member is required, and `resource` names what the call is about. */
const operationOutput = { type: 'object', properties: { resource: { type: ['array', 'string'] } } } as const

export function isStructured(operation: Operation): boolean {
  return structuredOperations.has(operation.name)
}

/** A routine counts as reading where its database declares that it writes nothing: then it neither changes nor destroys. */
export function readsOnly(operation: Operation): boolean {
  if (operation.effect === 'read') return true
  return operation.effect === 'execute' && !operation.destructive && operation.idempotent
}

export function definitionOf(name: string, operation: Operation): ToolDefinition {
  const readOnly = readsOnly(operation)
  return {
    name,
    title: operation.title,
    description: operation.description,
    inputSchema: operation.input,
    ...(isStructured(operation) && { outputSchema: operationOutput }),
    annotations: {
      readOnlyHint: readOnly,
      destructiveHint: !readOnly && operation.destructive,
      idempotentHint: readOnly || operation.idempotent,
      openWorldHint: false,
    },
  }
}
