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

export const promptsSchema: JsonSchema = {
  type: 'object',
  description: 'Texts to begin with, for people at MCP clients; all MCP endpoints have them',
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

/** `prompts` of a tenant, which have passed the schema. */
export function promptsOf(prompts: JsonValue | undefined): Readonly<Record<string, PromptSettings>> {
  return objectOf(prompts) as unknown as Readonly<Record<string, PromptSettings>>
}

/** What the schema cannot say of prompts: that each placeholder is an argument, and each argument is there once. */
export function promptProblems(prompts: JsonValue | undefined, below: Problem['path']): Problem[] {
  return Object.entries(objectOf(prompts)).flatMap(([name, prompt]) => problemsIn(objectOf(prompt), [...below, name]))
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
