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
  /**
   * Below the service: `/_table/{table_name}/{id}`. Literal segments win over parameters. `{+path}` takes all that is
   * left, slashes too: `/{+path}` a file's path, `/{+path}/` a folder's, which may be empty.
   */
  readonly path: string
  /** The property that is the body; `*`: the body is the whole input that is not in the path. */
  readonly body?: string
  /** More paths that it answers at. */
  readonly alsoAt?: readonly string[]
  /** A query parameter that must be there for this operation, where another one has the same path without it. */
  readonly when?: string
  /** Properties that travel in a header, by their header's name in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** The body may be a form or a list of files and folders: each is then a call of one of these operations. */
  readonly each?: { readonly file: string; readonly folder: string }
  /** The body is a file's bytes, of any type and size, and not JSON. */
  readonly upload?: boolean
  /** What answers is a file's bytes, of this type. */
  readonly download?: string
  /** What answers has an entity tag; If-None-Match with it is answered by 304. */
  readonly tagged?: boolean
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
  /** Verbs of which each is enough in `effect`'s place; `restrict` and the storage then see to what it is used for. */
  readonly suffices?: readonly Verb[]
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
