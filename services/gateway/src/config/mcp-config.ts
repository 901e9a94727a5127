import { type JsonObject, type JsonSchema, type JsonValue, suggest } from '@gatehouse/core'
import { type PromptSettings, placeholdersOf } from '@gatehouse/mcp'
import { listOf, objectOf, text } from './json-parts.js'
import type { Problem } from './problems.js'

const words: JsonSchema = { type: 'string' }
const closed = (properties: Record<string, JsonSchema>, required: readonly string[]): JsonSchema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})

const promptsKey = 'prompts'

const promptsSchema: JsonSchema = {
  type: 'object',
  description: 'Texts to begin with, for people at MCP clients; all endpoints have them',
  propertyNames: { pattern: '^[a-z][a-z0-9_-]{0,63}$' },
  additionalProperties: closed(
    {
      title: words,
      description: words,
      arguments: {
        type: 'array',
        items: closed(
          {
            name: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]{0,63}$', description: 'Letters, digits, _' },
            description: words,
            required: { type: 'boolean', description: 'Default false' },
          },
          ['name'],
        ),
      },
      text: { type: 'string', minLength: 1, description: '{name} stands for the argument of that name' },
    },
    ['text'],
  ),
}

/** `mcp` of a tenant: endpoints by name, and beside them `prompts`, which therefore is no name of an endpoint. */
export function mcpSchema(endpoint: JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: { [promptsKey]: promptsSchema },
    additionalProperties: endpoint,
    propertyNames: { pattern: '^[a-z][a-z0-9_-]*$' },
  }
}

/** The endpoints of `mcp`, as they are written. */
export function endpointsIn(mcp: JsonValue | undefined): [string, JsonObject][] {
  const all = Object.entries(objectOf(mcp)).filter(([name]) => name !== promptsKey)
  return all.map(([name, endpoint]) => [name, objectOf(endpoint)])
}

/** The prompts of `mcp`, which has passed the schema. */
export function promptsIn(mcp: JsonValue | undefined): Readonly<Record<string, PromptSettings>> {
  return objectOf(objectOf(mcp)[promptsKey]) as unknown as Readonly<Record<string, PromptSettings>>
}

/** What the schema cannot say of prompts: that each placeholder is an argument, and each argument is there once. */
export function promptProblems(mcp: JsonValue | undefined, below: Problem['path']): Problem[] {
  return Object.entries(objectOf(objectOf(mcp)[promptsKey])).flatMap(([name, prompt]) =>
    problemsIn(objectOf(prompt), [...below, promptsKey, name]),
  )
}

function problemsIn(prompt: JsonObject, path: Problem['path']): Problem[] {
  const problems: Problem[] = []
  const names = new Set<string>()
  for (const [i, argument] of listOf(prompt.arguments).entries()) {
    const name = text(objectOf(argument).name)
    if (name === undefined) continue
    if (names.has(name)) {
      problems.push({ path: [...path, 'arguments', i, 'name'], message: `two arguments are named \`${name}\`` })
    }
    names.add(name)
  }
  for (const name of new Set(placeholdersOf(text(prompt.text) ?? ''))) {
    if (names.has(name)) continue
    problems.push({
      path: [...path, 'text'],
      message: `\`{${name}}\` is no argument of this prompt. ${suggest(name, 'Arguments', names)}`,
    })
  }
  return problems
}
