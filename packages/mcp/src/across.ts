import {
  isJsonObject,
  type JsonObject,
  type JsonText,
  type JsonValue,
  printJson,
  stringOf,
  toFailure,
} from '@gatehouse/core'
import { textOf } from './answer-text.js'
import { failureText } from './errors.js'
import { callOf, type Exchange } from './exchange.js'
import { currentSet, dryRunProperty, type GlobalAnswer, type GlobalTool } from './global-tool.js'

/** One operation, executed for each service that has it. Each is a call of its own, for the limits and for the audit. */
interface Across {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly operation: string
  readonly properties?: GlobalTool['input']['properties']
  readonly required?: readonly string[]
  /** What of a service's answer is shown; absent: all. */
  select?(answer: JsonValue, input: JsonObject): JsonValue
}

const allOf: readonly Across[] = [
  {
    name: 'all_get_tables',
    title: 'List tables of all services',
    description:
      'Lists the tables of every database, by service. Use get_tables of one service when you know it, and ' +
      'all_find_table when you know a part of the name. Example: {}',
    operation: 'get_tables',
  },
  {
    name: 'all_find_table',
    title: 'Find a table',
    description:
      'Finds the tables of every database whose name, label or description has a text, without regard to case. ' +
      'Example: {"name":"order"}',
    operation: 'get_tables',
    properties: { name: { type: 'string', description: 'A part of the name' } },
    required: ['name'],
    select: (answer, input) => matching(answer, String(input.name)),
  },
  {
    name: 'all_get_stored_procedures',
    title: 'List procedures of all services',
    description: 'Lists the stored procedures of every database with their parameters, by service. Example: {}',
    operation: 'get_stored_procedures',
  },
  {
    name: 'all_get_stored_functions',
    title: 'List functions of all services',
    description: 'Lists the stored functions of every database with their parameters, by service. Example: {}',
    operation: 'get_stored_functions',
  },
  {
    name: 'all_get_resources',
    title: 'List resources of all services',
    description:
      'Lists the kinds of resources that can be reached in every database, such as _table and _proc. Their names: ' +
      'all_get_tables. Example: {}',
    operation: 'get_database_resources',
  },
  {
    name: 'all_list_files',
    title: 'List files of all services',
    description: 'Lists the files at the root of every storage, by service. Example: {}',
    operation: 'list_files',
  },
]

export const acrossTools: readonly GlobalTool[] = allOf.map((across) => ({
  name: across.name,
  title: across.title,
  description: across.description,
  input: {
    type: 'object',
    properties: { ...across.properties, dry_run: dryRunProperty },
    ...(across.required && { required: across.required }),
    additionalProperties: false,
  },
  readOnly: true,
  offered: (tools) => tools.some((tool) => tool.operation.name === across.operation),
  run: (input, exchange) => runAcross(across, input, exchange),
}))

async function runAcross(across: Across, input: JsonObject, exchange: Exchange): Promise<GlobalAnswer> {
  const tools = currentSet(exchange).allOperationTools.filter((tool) => tool.operation.name === across.operation)
  const dryRun: JsonObject = input.dry_run === true ? { dry_run: true } : {}
  const answers = await Promise.all(
    tools.map(async ({ operation: { service, name } }) => {
      const text = await answerOf(across, input, exchange, service, name, dryRun)
      return [`${JSON.stringify(service)}:`, ...text] as const
    }),
  )
  const services = answers.flatMap((text, i) => (i === 0 ? text : [',', ...text]))
  return { text: [`{"services":${tools.length},"resource":{`, ...services, '}}'], rows: tools.length, executed: true }
}

/** A service that cannot answer says so in its place; the others are not held up by it. */
async function answerOf(
  across: Across,
  input: JsonObject,
  exchange: Exchange,
  service: string,
  operation: string,
  dryRun: JsonObject,
): Promise<readonly JsonText[]> {
  try {
    const answer = await exchange.server.pipeline.execute(callOf(exchange, service, operation, dryRun))
    const text = await textOf(answer)
    if (!across.select || answer.kind === 'dry_run') return text
    const value = answer.kind === 'json' ? answer.value : (JSON.parse(text.map(stringOf).join('')) as JsonValue)
    return [printJson(across.select(value, input))]
  } catch (thrown) {
    return [failureText(toFailure(thrown), exchange.requestId)]
  }
}

function matching(answer: JsonValue, part: string): JsonValue {
  const wanted = part.toLowerCase()
  const tables = isJsonObject(answer) && Array.isArray(answer.resource) ? answer.resource : []
  return tables.filter((table: JsonValue) => wordsOf(table).some((word) => word.toLowerCase().includes(wanted)))
}

/** What a person calls a table by. */
function wordsOf(table: JsonValue): readonly string[] {
  if (!isJsonObject(table)) return []
  return [table.name, table.label, table.description].filter((word) => typeof word === 'string')
}
