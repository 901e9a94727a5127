import { Failure, isJsonObject, type JsonObject, suggest } from '@gatehouse/core'
import { cacheHints } from './cache-hints.js'
import { malformed } from './errors.js'
import { callOf, type Exchange } from './exchange.js'
import { fixtureDefinitions } from './fixture-calls.js'
import { requireFirstPage } from './lists.js'
import { type Parts, valueResult } from './result.js'

/** A text that an operator wrote for people to begin with. `{name}` in it stands for the argument of that name. */
export interface PromptSettings {
  readonly title?: string
  readonly description?: string
  readonly arguments?: readonly PromptArgument[]
  readonly text: string
}

interface PromptArgument {
  readonly name: string
  readonly description?: string
  readonly required?: boolean
}

const placeholder = /\{([A-Za-z_]\w*)\}/g

/** The names that a prompt's text has in braces, in their order. */
export function placeholdersOf(text: string): readonly string[] {
  return [...text.matchAll(placeholder)].map(([, name = '']) => name)
}

/** `prompts/list`: in the order of the configuration. */
export function listPrompts(exchange: Exchange): Parts {
  requireFirstPage(exchange)
  const { server, era } = exchange
  const own = Object.entries(promptsOf(exchange)).map(([name, prompt]) => definitionOf(name, prompt))
  const prompts = [...fixtureDefinitions(server.options.fixture?.prompts()), ...own]
  return valueResult(server.envelopes.complete(era), { prompts, ...cacheHints(era) })
}

/** `prompts/get`: one message of the user. Each leaves an event, also one that is refused. */
export async function getPrompt(exchange: Exchange): Promise<Parts> {
  const { server, era, params } = exchange
  const name = typeof params.name === 'string' ? params.name : ''
  const given = params.arguments ?? {}
  const call = callOf(exchange, '', 'get_prompt', { name, ...(isJsonObject(given) && { arguments: given }) })
  const prompts = promptsOf(exchange)
  const prompt = Object.hasOwn(prompts, name) ? prompts[name] : undefined
  if (!prompt) {
    await server.pipeline.refuse(call, new Failure('not_found', `There is no prompt \`${name.slice(0, 100)}\``))
    throw malformed(`Unknown prompt: ${name.slice(0, 100)}. ${suggest(name, 'Prompts', Object.keys(prompts))}`)
  }
  let values: ReadonlyMap<string, string>
  try {
    values = valuesOf(name, prompt, given)
  } catch (thrown) {
    await server.pipeline.refuse(call, thrown)
    throw thrown instanceof Failure ? malformed(thrown.message) : thrown
  }
  await server.pipeline.answered?.(call, 1)
  const { description } = prompt
  return valueResult(server.envelopes.complete(era), {
    ...(description !== undefined && { description }),
    messages: [{ role: 'user', content: { type: 'text', text: filled(prompt.text, values) } }],
  })
}

function promptsOf({ server }: Exchange): Readonly<Record<string, PromptSettings>> {
  return server.options.prompts ?? {}
}

function definitionOf(name: string, { title, description, arguments: takes = [] }: PromptSettings): JsonObject {
  return {
    name,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(takes.length > 0 && { arguments: takes.map((argument) => ({ ...argument })) }),
  }
}

/** The arguments as they were given. Throws `invalid` for one that is missing, is no text, or is not the prompt's. */
function valuesOf(name: string, prompt: PromptSettings, given: JsonObject[string]): ReadonlyMap<string, string> {
  const takes = prompt.arguments ?? []
  const names = takes.map((argument) => argument.name)
  if (given === undefined || !isJsonObject(given)) throw new Failure('invalid', '`arguments` is a JSON object of texts')
  const values = new Map<string, string>()
  for (const [key, value] of Object.entries(given)) {
    const shown = key.slice(0, 100)
    if (!names.includes(key)) {
      const hint = suggest(key, 'Arguments', names)
      throw new Failure('invalid', `The prompt \`${name}\` has no argument \`${shown}\`. ${hint}`)
    }
    if (typeof value !== 'string') throw new Failure('invalid', `Argument \`${shown}\` takes a text`)
    values.set(key, value)
  }
  const missing = takes.find((argument) => argument.required && !values.has(argument.name))
  if (missing) {
    const about = missing.description === undefined ? '' : ` (${missing.description})`
    throw new Failure('invalid', `The prompt \`${name}\` needs the argument \`${missing.name}\`${about}`)
  }
  return values
}

/** In one pass, so that braces in a value stay what they are. An argument that was left out is an empty text. */
function filled(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(placeholder, (_all, name: string) => values.get(name) ?? '')
}
