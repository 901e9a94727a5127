import type { JsonObject } from '@gatehouse/core'

/** One request to a fixture, and what it can do while it answers. */
export interface FixtureRequest {
  /** `stateless`: 2026-07-28. `handshake`: the eras before. */
  readonly era: 'stateless' | 'handshake'
  readonly params: JsonObject
  readonly meta: JsonObject
  readonly clientCapabilities: JsonObject
  readonly signal: AbortSignal
  /** Sends a notification on the stream that answers this request. */
  notify(method: string, params: JsonObject): void
  /** Asks the client (`sampling/createMessage`, `elicitation/create`), in the eras where a server may. */
  ask(method: string, params: JsonObject): Promise<JsonObject>
  /** Signs a state for `requestState`, bound to the caller and to this request. */
  seal(state: JsonObject): string
  /** A state that `seal` made. Throws where it was changed, is too old, or was made for something else. */
  open(sealed: string): JsonObject
}

export interface FixturePart {
  /** As the list shows it: `name` or `uri` names it. */
  readonly definition: JsonObject
  /** The result, without what every result has. `resultType` where it is not `complete`. */
  answer(request: FixtureRequest): JsonObject | Promise<JsonObject>
}

/**
 * Tools, resources and prompts of a test build, answered by the same dispatcher as all others. They do not pass the
 * pipeline, so that a fixture never belongs into a build that serves data.
 */
export interface Fixture {
  /** Members that the capabilities have beside our own, by era. */
  capabilities(era: 'stateless' | 'handshake'): JsonObject
  tools(): readonly FixturePart[]
  prompts(): readonly FixturePart[]
  resources(): readonly FixturePart[]
  readonly resourceTemplates: readonly JsonObject[]
  /** A resource that is not in the list; undefined where there is none. */
  readTemplate(uri: string): JsonObject | undefined
  complete(params: JsonObject): JsonObject
  /** Methods beside our own, by name: `logging/setLevel` in the eras that have it. */
  readonly methods: ReadonlyMap<string, FixtureMethod>
  /** Called once, with what tells subscribers that a list has changed. */
  start(changed: (list: 'tools' | 'prompts' | 'resources') => void): void
}

export interface FixtureMethod {
  readonly eras: readonly ('stateless' | 'handshake')[]
  answer(request: FixtureRequest): JsonObject | Promise<JsonObject>
}
