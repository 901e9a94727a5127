import type { JsonObject, JsonSchema, ObjectSchema } from './json.js'
import type { Plan } from './plan.js'
import type { Surface, Verb } from './principal.js'

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * Where an operation's input travels over HTTP: names in the path template in the path, the property named by
 * `body` in the body, all others in the query string. The router reads by it and the document is written by it.
 */
export interface HttpRule {
  /** The first is the canonical one. */
  readonly methods: readonly HttpMethod[]
  /** Below the service: `/_table/{table_name}/{id}`. Literal segments win over parameters. */
  readonly path: string
  /** The property that is the body; `*`: the body is the whole input that is not in the path. */
  readonly body?: string
}

/** Page sizes that the surface of a call brings along. */
export interface PageLimits {
  /** Where the caller names none. */
  readonly fallback: number
  /** The most a page may have; a larger one is cut, and `meta` says so. */
  readonly most: number
  /** False where the surface answers whole pages only: then CSV and NDJSON are pages too. Absent: it can stream. */
  readonly stream?: boolean
}

/** One kind of thing that an operation can be bound to: a table, a routine. */
export interface Subject {
  /** The input property that names it: `table_name`. */
  readonly parameter: string
  /** What it can be for this caller, in order. */
  readonly values: readonly string[]
  /** The operation's words for one of them: typed by its columns or parameters, without the subject parameter. */
  bind(value: string): OperationFace
}

/** What documents and tools show of an operation. */
export interface OperationFace {
  readonly title: string
  /** One line. */
  readonly summary: string
  /** What it does, when to use it rather than its neighbour, one example: written for a model and a person. */
  readonly description: string
  readonly input: ObjectSchema
  /** The JSON that answers, over REST. */
  readonly output: JsonSchema
}

/** One thing that a caller may do with one service. Route, document, tool, permission and audit are its faces. */
export interface Operation extends OperationFace {
  /** `get_table_data`; the tool is `${service}_${name}`. */
  readonly name: string
  readonly service: string
  readonly effect: Verb
  /** Where it is offered. */
  readonly surfaces: readonly Surface[]
  readonly http: HttpRule
  /** Other spellings of input properties: `where` for `filter`. */
  readonly aliases: Readonly<Record<string, string>>
  /** Calling it twice is as calling it once (MCP's idempotentHint). */
  readonly idempotent: boolean
  /** It can overwrite or remove what is there (MCP's destructiveHint). */
  readonly destructive: boolean
  readonly subject?: Subject
  /** What the role is asked about: `_table/orders`. */
  resource(input: JsonObject): string
  /** Pure; called with input that its schema accepts. Throws `invalid` or `not_found` with a hint. */
  plan(input: JsonObject, limits: PageLimits): Plan
}
