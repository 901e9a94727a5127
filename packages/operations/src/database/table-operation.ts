import {
  Failure,
  type HttpMethod,
  type JsonObject,
  type JsonSchema,
  type JsonValue,
  type Operation,
  type OperationFace,
  type PageLimits,
  type Plan,
  type Surface,
  type TableAbilities,
  type Verb,
} from '@gatehouse/core'
import { aliasesOf } from './aliases.js'
import { cleanComment } from './column-schema.js'
import { type Examples, examplesOf, showcase } from './examples.js'
import type { PreparedTable } from './prepared-table.js'
import { nameOf, relatedOptions } from './properties.js'
import type { Source } from './source.js'

/** An operation on one table: a row of data, of which `tableOperation` makes the operation for one service. */
export interface TableRule {
  readonly name: string
  readonly effect: Verb
  /** What a table must let its caller do. */
  readonly ability: keyof TableAbilities
  readonly methods: readonly HttpMethod[]
  /** Below the service, or behind the table's own path where it begins with `...`: `.../{id}`. */
  readonly path: string
  readonly body?: string
  /** What answers has an entity tag, where the source gives one. */
  readonly tagged?: boolean
  /** Default: both. */
  readonly surfaces?: readonly Surface[]
  readonly idempotent: boolean
  readonly destructive: boolean
  readonly title: string
  /** One line. `of` is ` of orders`, or empty for no table in particular. */
  summary(of: string): string
  /** What it does, when to use it rather than its neighbour. The example input is put behind it. */
  readonly description: string
  /** Example input without the table's name. */
  example(examples: Examples): JsonObject | undefined
  /** Input without the table's name. `bound`: typed by the table. */
  input(face: FaceOf): Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  output(face: FaceOf): JsonSchema
  plan(source: Source, prepared: PreparedTable, input: JsonObject, limits: PageLimits): Plan
}

/** What a rule's schemas are made for. */
export interface FaceOf {
  readonly source: Source
  /** Absent: for any table. */
  readonly bound?: PreparedTable
  readonly examples: Examples
}

const everywhere: readonly Surface[] = ['rest', 'mcp']

/** Undefined where no table lets the caller do it. */
export function tableOperation(source: Source, rule: TableRule): Operation | undefined {
  const tables = source.tablesThatCan(rule.ability)
  const [first] = tables
  if (first === undefined) return undefined
  const faces = new Map<string, OperationFace>()
  const lister = source.service.family === 'system' ? 'the list of tables' : 'get_tables'
  const tableName = nameOf('table', tables, lister)
  const free = faceOf(source, rule, undefined, tables)
  return {
    ...free,
    input: {
      ...free.input,
      properties: { table_name: tableName, ...free.input.properties },
      required: ['table_name', ...(rule.required ?? [])],
    },
    name: rule.name,
    service: source.service.name,
    effect: rule.effect,
    surfaces: rule.surfaces ?? everywhere,
    http: {
      methods: rule.methods,
      path: rule.path.startsWith('...') ? source.layout.tablePath + rule.path.slice(3) : rule.path,
      ...(rule.body !== undefined && { body: rule.body }),
      ...(rule.tagged && source.service.family !== 'system' && { tagged: true }),
    },
    aliases: aliasesOf(['table_name', ...Object.keys(free.input.properties)]),
    idempotent: rule.idempotent,
    // An upsert overwrites what is there.
    destructive: rule.destructive || free.input.properties.upsert !== undefined,
    subject: {
      parameter: 'table_name',
      values: tables,
      bind(value) {
        let face = faces.get(value)
        if (!face) {
          face = faceOf(source, rule, source.table(value, rule.ability), tables)
          faces.set(value, face)
        }
        return face
      },
    },
    resource: (input) => source.layout.resource(nameIn(input.table_name)),
    plan: (input, limits) => rule.plan(source, source.table(input.table_name, rule.ability), input, limits),
  }
}

function nameIn(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value
  throw new Failure('invalid', '`table_name` is missing')
}

function faceOf(
  source: Source,
  rule: TableRule,
  bound: PreparedTable | undefined,
  tables: readonly string[],
): OperationFace {
  const shown = bound?.table ?? showcase(source.catalog, tables)
  const examples = examplesOf(shown)
  const face: FaceOf = { source, examples, ...(bound && { bound }) }
  const properties = rule.input(face)
  const example = rule.example(examples)
  const input = bound ? example : example && { table_name: shown.name, ...example }
  // Of a table that is chosen already, an input without anything shows nothing.
  const printed = input && Object.keys(input).length > 0 && JSON.stringify(input)
  const comment = bound && cleanComment(bound.table.comment)
  return {
    title: bound ? `${rule.title}: ${bound.table.label ?? bound.table.name}` : rule.title,
    summary: rule.summary(bound ? ` of ${bound.table.name}` : ''),
    description: [rule.description, comment && `The table: ${comment}`, printed && `Example: ${printed}`]
      .filter((part) => part)
      .join(bound ? '\n\n' : ' '),
    input: {
      type: 'object',
      properties,
      ...(rule.required && { required: rule.required }),
      ...(properties.related && { patternProperties: relatedOptions }),
      additionalProperties: false,
    },
    output: rule.output(face),
  }
}
