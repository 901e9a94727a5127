import {
  ExactNumber,
  Failure,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Operation,
  printJson,
} from '@gatehouse/core'
import { stateless } from './era.js'
import type { Exchange } from './exchange.js'
import { membersResult, type Parts } from './result.js'
import type { OperationTool } from './tool-set.js'

/**
 * Changes and deletions of many rows want a person's word first. The call runs with `max_affected` at the threshold:
 * below it, it is done at once; above it, nothing was written and the failure says how many rows there are. So no row
 * is counted twice, none can be added between the counting and the change, and the audit has an event for the call that
 * was too large and one for what came of it.
 */
export interface Confirmations {
  /** The input to run a tool with, where the number of rows it changes is not bounded by the input itself. */
  guard(exchange: Exchange, tool: OperationTool, input: JsonObject, agreed?: number): Guard | undefined
  /**
   * Asks the person at the client, once `failure` said that there are too many rows. Answers what the client is to
   * repeat its request with, or, of a client that can be asked meanwhile, the rows that were agreed to: `agreed` of the
   * next guard. Rejects where the person did not agree; throws where nobody can be asked.
   */
  ask(
    exchange: Exchange,
    tool: OperationTool,
    input: JsonObject,
    guard: Guard,
    failure: Failure,
  ): Parts | Promise<number>
}

export interface Guard {
  readonly input: JsonObject
  /** `max_affected` of `input`. */
  readonly most: number
}

/** `above`: rows that may change without a confirmation. `withinMs`: how long a call waits for an answer. */
export function createConfirmations(above: number, withinMs: number): Confirmations {
  return {
    guard: (exchange, tool, input, agreed) => {
      const { operation } = tool
      if (!changes(operation, input) || operation.input.properties.max_affected === undefined) return undefined
      if (truthy(argument(operation, input, 'dry_run'))) return undefined
      const bound = rowsNamed(operation, input)
      if (bound !== undefined && bound <= above) return undefined
      const most = Math.min(agreed ?? confirmedRows(exchange, tool, input) ?? above, ownMost(operation, input))
      return { input: { ...input, [spelling(operation, input, 'max_affected')]: most }, most }
    },
    ask: (exchange, tool, input, guard, failure) => {
      const rows = rowsOf(failure, guard)
      // The caller's own limit was met: that is its answer.
      if (rows === undefined || ownMost(tool.operation, input) <= guard.most) throw failure
      if (!canAsk(exchange)) {
        throw new Failure('forbidden', `${rows} records would change; above ${above}, a person must confirm it`, {
          hint: 'This client cannot ask for that. See with dry_run: true how many there are, and narrow the filter',
          context: { affected: rows, most: above },
        })
      }
      const asked = question(tool, input, rows)
      if (exchange.era !== stateless) return personsWord(exchange, asked, rows, withinMs)
      const requestState = exchange.server.states.seal(bindingOf(exchange, tool, input), { rows })
      return membersResult(
        exchange.server.envelopes.inputRequired(exchange.era),
        `"inputRequests":${printJson({ confirm: asked })},"requestState":${JSON.stringify(requestState)}`,
      )
    },
  }
}

/** Rows that the person has agreed to, from the state and the answer that come with the repeated request. */
function confirmedRows(exchange: Exchange, tool: OperationTool, input: JsonObject): number | undefined {
  const { requestState, inputResponses } = exchange.params
  if (exchange.era !== stateless || typeof requestState !== 'string') return undefined
  const response = isJsonObject(inputResponses) ? inputResponses.confirm : undefined
  if (!isJsonObject(response)) return undefined
  const state = exchange.server.states.consume(bindingOf(exchange, tool, input), requestState)
  requireAccepted(response)
  return typeof state.rows === 'number' ? state.rows : undefined
}

/** Asks while the call waits, and answers the rows that were agreed to. A client that goes away or keeps silent does not agree. */
async function personsWord(exchange: Exchange, asked: Question, rows: number, withinMs: number): Promise<number> {
  const within = new AbortController()
  const timer = setTimeout(() => within.abort(), withinMs)
  let response: JsonObject
  try {
    response = await exchange.channel.ask(asked.method, asked.params, within.signal)
  } catch (cause) {
    const code = exchange.signal.aborted ? 'cancelled' : 'forbidden'
    throw new Failure(code, 'The client was asked and gave no answer; nothing was changed', { cause })
  } finally {
    clearTimeout(timer)
  }
  requireAccepted(response)
  return rows
}

function requireAccepted({ action, content }: JsonObject): void {
  if (action === 'accept' && content !== undefined && isJsonObject(content) && content.confirm === true) return
  throw new Failure('forbidden', 'The person at the client did not confirm it; nothing was changed')
}

interface Question {
  readonly method: string
  readonly params: JsonObject
}

function question({ operation }: OperationTool, input: JsonObject, rows: number) {
  const deed = operation.effect === 'delete' ? 'Delete' : 'Change'
  return {
    method: 'elicitation/create',
    params: {
      message: `${deed} ${rows} records (${operation.resource(input)} of ${operation.service})?`,
      requestedSchema: {
        type: 'object',
        properties: { confirm: { type: 'boolean', title: `${deed} ${rows} records`, default: false } },
        required: ['confirm'],
      },
    },
  }
}

function bindingOf(exchange: Exchange, tool: OperationTool, input: JsonObject) {
  return { principal: exchange.principal.id, method: 'tools/call', name: tool.name, input }
}

/**
 * Over HTTP only the stateless era can ask without a session; standard input and output are one. An elicitation
 * capability without a mode means forms.
 */
function canAsk({ era, channel, clientCapabilities }: Exchange): boolean {
  const { elicitation } = clientCapabilities
  if ((era !== stateless && channel.transport !== 'stdio') || !isJsonObject(elicitation)) return false
  return elicitation.form !== undefined || Object.keys(elicitation).length === 0
}

function rowsOf(failure: Failure, guard: Guard): number | undefined {
  const { context } = failure
  if (failure.code !== 'invalid' || !isJsonObject(context ?? null)) return undefined
  const { affected, max_affected } = context as JsonObject
  return typeof affected === 'number' && max_affected === guard.most ? affected : undefined
}

/** Whether a call can overwrite or remove records that are there. */
function changes({ effect }: Operation, input: JsonObject): boolean {
  // It has no other spelling, which is not looked for at each insert.
  if (effect === 'create') return truthy(input.upsert)
  return effect === 'update' || effect === 'delete'
}

/** The most rows that the input can mean, where it names them one by one; undefined where it selects them. */
function rowsNamed(operation: Operation, input: JsonObject): number | undefined {
  const ids = argument(operation, input, 'ids')
  if (ids !== undefined && ids !== null) return idsIn(ids)
  // Records without keys are set in all rows then, be they in a list or not.
  if (argument(operation, input, 'filter') !== undefined || truthy(argument(operation, input, 'force')))
    return undefined
  const records = argument(operation, input, 'records')
  return Array.isArray(records) ? records.length : undefined
}

/** A text may have several ids, with commas or semicolons between; counting too many is harmless. */
function idsIn(ids: JsonValue): number {
  if (typeof ids === 'string') return ids.split(/[,;]/).length
  if (!Array.isArray(ids)) return 1
  const list: readonly JsonValue[] = ids
  return list.reduce<number>((sum, id) => sum + (typeof id === 'string' ? idsIn(id) : 1), 0)
}

/** The caller's own limit. Throws `invalid` for what is no number, which must not be passed over. */
function ownMost(operation: Operation, input: JsonObject): number {
  const own = argument(operation, input, 'max_affected')
  if (typeof own === 'number') return own
  if (own === undefined || own instanceof ExactNumber) return Number.POSITIVE_INFINITY
  throw new Failure('invalid', 'Argument `max_affected` takes a whole number', {
    context: { argument: 'max_affected' },
  })
}

/** An argument by its name or by one of its other spellings. */
function argument(operation: Operation, input: JsonObject, name: string): JsonValue | undefined {
  return input[spelling(operation, input, name)]
}

/** How the input spells an argument; its name where it has none of it. */
function spelling({ aliases }: Operation, input: JsonObject, name: string): string {
  if (input[name] !== undefined) return name
  return Object.keys(aliases).find((alias) => aliases[alias] === name && input[alias] !== undefined) ?? name
}

function truthy(value: JsonValue | undefined): boolean {
  return value === true || value === 1 || value === 'true' || value === '1' || value === 'yes'
}
