import type { JsonSchema } from '@gatehouse/core'

/** An operation of a document as an object, before its references are made. */
export interface Described {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly tags: readonly string[]
  readonly parameters?: readonly Ref[]
  readonly requestBody?: JsonSchema
  readonly responses: Readonly<Record<string, unknown>>
}

/** A parameter, or a reference to one. */
type Ref = { readonly [keyword: string]: unknown }

interface Success {
  readonly description: string
  readonly content?: Readonly<Record<string, unknown>>
}

/**
 * A path and method of a document is one thing, also where a query parameter chooses between several operations: it is
 * described as the one without, with the parameters of the others and what they are for. `when` is the parameter that
 * chooses the other.
 */
export function withOther(first: Described, other: Described, when: string): Described {
  const known = new Set((first.parameters ?? []).map(keyOf))
  const more = (other.parameters ?? []).filter((parameter) => !known.has(keyOf(parameter)))
  const requestBody = first.requestBody ?? other.requestBody
  return {
    ...first,
    description: `${first.description}\n\nWith \`${when}\`: ${other.description}`,
    parameters: [...(first.parameters ?? []), ...more.map(optional)],
    ...(requestBody && { requestBody }),
    responses: {
      ...other.responses,
      ...first.responses,
      '200': united(first.responses['200'], other.responses['200']),
    },
  }
}

function keyOf(parameter: Ref): string {
  return '$ref' in parameter ? String(parameter.$ref) : `${String(parameter.in)} ${String(parameter.name)}`
}

/** It is needed only with the parameter that chooses. */
function optional(parameter: Ref): Ref {
  if (parameter.in === 'path') return parameter
  const { required: _required, ...rest } = parameter
  return rest
}

function united(first: unknown, other: unknown): Success {
  const [one, two] = [first as Success, other as Success]
  const content: Record<string, unknown> = { ...two.content, ...one.content }
  for (const [type, value] of Object.entries(two.content ?? {})) {
    const mine = one.content?.[type]
    if (mine === undefined || JSON.stringify(mine) === JSON.stringify(value)) continue
    content[type] = { schema: { anyOf: [schemaOf(mine), schemaOf(value)] } }
  }
  return { ...one, content }
}

function schemaOf(media: unknown): unknown {
  return (media as { readonly schema?: unknown }).schema
}
