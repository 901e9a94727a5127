import { Failure, suggest } from '@gatehouse/core'
import { currentSet, dryRunProperty, type GlobalTool, local } from './global-tool.js'
import type { OperationTool } from './tool-set.js'

/** The name of the tool that stands for all others. */
export const callOperation = 'call_operation'

const always = () => true

/**
 * In front of a list of tools that would fill a model's context: find an operation, read its definition, call it.
 * A call is turned into the real one before anything else looks at it.
 */
export const facadeTools: readonly GlobalTool[] = [
  {
    name: 'find_operations',
    title: 'Find operations',
    description:
      'Finds what you can do, by words: names of services, tables or deeds. Answers names for describe_operation and ' +
      'call_operation. Example: {"query":"read customers"}',
    input: {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'Some words; none lists everything' },
        dry_run: dryRunProperty,
      },
      additionalProperties: false,
    },
    readOnly: true,
    offered: always,
    run: (input, exchange) => {
      const tools = currentSet(exchange).operationTools
      return local(found(tools, typeof input.query === 'string' ? input.query : ''))
    },
  },
  {
    name: 'describe_operation',
    title: 'Describe an operation',
    description:
      'The description and the arguments of one operation. With the name of a table or routine as `subject`, typed ' +
      'by its columns or parameters. Example: {"name":"salesdb_get_table_data","subject":"customers"}',
    input: {
      type: 'object',
      properties: {
        name: { type: 'string', description: 'A name that find_operations gave' },
        subject: { type: 'string', description: 'A table or routine' },
        dry_run: dryRunProperty,
      },
      required: ['name'],
      additionalProperties: false,
    },
    readOnly: true,
    offered: always,
    run: (input, exchange) => {
      const tools = currentSet(exchange).operationTools
      const tool = tools.find(({ name }) => name === input.name)
      if (!tool) {
        throw new Failure('not_found', `There is no operation \`${String(input.name).slice(0, 100)}\``, {
          hint: suggest(
            String(input.name),
            'Operations',
            tools.map(({ name }) => name),
          ),
        })
      }
      return local([described(tool, input.subject)])
    },
  },
  {
    name: callOperation,
    title: 'Call an operation',
    description:
      'Calls one operation with the arguments that describe_operation shows. Example: ' +
      '{"name":"salesdb_get_tables","arguments":{}}',
    input: {
      type: 'object',
      properties: {
        name: { type: 'string', description: 'A name that find_operations gave' },
        arguments: { type: 'object', description: 'Its arguments' },
        dry_run: dryRunProperty,
      },
      required: ['name'],
      additionalProperties: false,
    },
    readOnly: false,
    offered: always,
    // Taken apart by the caller of tools, so that the call that runs is the one that was meant.
    run: () => {
      throw new Failure('internal', 'call_operation is no operation')
    },
  },
]

function described(tool: OperationTool, subject: unknown): object {
  const { subject: bindable } = tool.operation
  if (subject === undefined || !bindable) return tool.definition
  const name = String(subject)
  if (!bindable.values.includes(name)) {
    throw new Failure('not_found', `There is no \`${name.slice(0, 100)}\``, {
      hint: suggest(name, 'Known', bindable.values),
    })
  }
  const face = bindable.bind(name)
  return {
    ...tool.definition,
    description: face.description,
    arguments_beside: { [bindable.parameter]: name },
    inputSchema: face.input,
  }
}

const mostFound = 25

/** Operations with the most of the words, those of their names counting most; and in which of their subjects they are. */
function found(tools: readonly OperationTool[], query: string): readonly object[] {
  const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  const shown = (tool: OperationTool) => ({ name: tool.name, summary: tool.operation.summary })
  if (words.length === 0) return tools.map(shown)
  return tools
    .map((tool) => ({ tool, ...scoreOf(tool, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, mostFound)
    .map(({ tool, subjects }) => ({ ...shown(tool), ...(subjects.length > 0 && { subjects: subjects.slice(0, 10) }) }))
}

function scoreOf(tool: OperationTool, words: readonly string[]) {
  const { operation } = tool
  const text = `${operation.title} ${operation.summary} ${operation.description}`.toLowerCase()
  const subjects = bestFirst(operation.subject?.values ?? [], words)
  let score = subjects.length > 0 ? 2 : 0
  for (const word of words) {
    if (tool.name.includes(word)) score += 3
    if (text.includes(word)) score += 1
  }
  return { score, subjects }
}

/** The names that have any of the words; those with the most of them first, otherwise in the order given. */
function bestFirst(names: readonly string[], words: readonly string[]): readonly string[] {
  return names
    .map((name) => ({ name, hits: words.filter((word) => name.toLowerCase().includes(word)).length }))
    .filter(({ hits }) => hits > 0)
    .sort((a, b) => b.hits - a.hits)
    .map(({ name }) => name)
}
