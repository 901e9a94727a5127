import {
  type AuditEvent,
  type AuditSink,
  type AuditTrail,
  type ChainHead,
  Failure,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '@gatehouse/core'
import { chainName, createChain } from './chain.js'
import { type Deferred, deferred } from './deferred.js'
import { eventText, type WrittenEvent } from './event-text.js'
import { lossEvent, startEvent, stopEvent } from './own-events.js'
import { createRedactor } from './redact.js'
import { pause, writeToAll } from './write-to-all.js'

export interface AuditTrailOptions {
  /** Each gets every event. The first that can be asked tells the ends of earlier chains. */
  readonly sinks: readonly AuditSink[]
  /** strict: `record` resolves when the event is written. buffered: it does not wait. */
  readonly mode: 'buffered' | 'strict'
  /** Buffered events are written after this time at the latest. */
  readonly flushMs: number
  /** Names of arguments and columns whose values are never written. */
  readonly redact: readonly string[]
  /** More of them in the calls of one service. */
  readonly redactIn?: Readonly<Record<string, readonly string[]>>
  /** Seals the last event of each batch. Keep it where those who can write to the store cannot read it. */
  readonly sealKey?: Uint8Array
  /** Told when events cannot be written, when they can be again, and when some were lost. */
  readonly log?: (message: string, cause?: unknown) => void
  /** Events that wait in memory at the most. Default: 10,000. */
  readonly mostWaiting?: number
}

export interface ClosableAuditTrail extends AuditTrail {
  /** The name of this process's chain. */
  readonly chain: string
  /** Resolves when everything recorded so far is written; rejects when it could not be. */
  flush(): Promise<void>
  /** Writes what waits and the closing event. Gives up after about three seconds of failing, and says so in the log. */
  close(): Promise<void>
}

/** So many events are written without waiting for the time to be up. */
const fullBatch = 500
const closeWithinMs = 3_000

/**
 * Writes events in groups, as one chain from the start of the process to its end. An event is serialised at once where
 * it is large, so that what it holds can be forgotten, or where `record` waits for it; and with its group otherwise.
 *
 * What a caller may rely on:
 * - strict: once `record` has resolved, the event is durable in every sink. When a group cannot be written twice in
 *   a row, `record` rejects with `unavailable`; the event stays in the buffer and is tried again.
 * - buffered: a crash of the process loses at most what was recorded within `flushMs`.
 * - `writable` is false from the first failure until a group is written. The buffer is bounded: what is recorded while
 *   it is full of events that cannot be written is lost, and an event that says how many follows in the chain.
 *   While it is full only because the sinks are slow, `record` waits in both modes.
 *
 * What the chain shows is said at `verifyChain`: a change, a removal or a move anywhere in a chain, and a cut of the
 * end of every chain that a later start holds on to. What it cannot show: that the end of the last chain was cut
 * before any other process started, unless its head was noted elsewhere; nor, without `sealKey`, that somebody
 * who can write to the store has made a chain anew from some event on.
 */
export function createAuditTrail(options: AuditTrailOptions): ClosableAuditTrail {
  const { sinks, mode, flushMs, log = () => {}, mostWaiting = 10_000 } = options
  const redact = createRedactor(options.redact)
  const redactIn = new Map(
    Object.entries(options.redactIn ?? {}).map(([service, names]) => [
      service,
      createRedactor([...options.redact, ...names]),
    ]),
  )
  const chain = createChain(chainName(new Date()), options.sealKey)
  const ownText = (event: WrittenEvent) => eventText(event, (input) => ({ arguments: input, values: [] }))

  /** Texts, and events whose texts are made when they are written. */
  let waiting: (string | AuditEvent)[] = []
  let written = deferred()
  let inFlight = written
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let soon: NodeJS.Immediate | undefined
  let writable = true
  let started = false
  let closed = false
  /** Somebody waits until all is written. */
  let hurried = false
  let lost = 0
  const giveUp = new AbortController()

  const write = async (): Promise<void> => {
    do {
      const group = waiting
      inFlight = written
      waiting = []
      written = deferred()
      await writeGroup(group, inFlight)
    } while (waiting.length > 0 && (mode === 'strict' || hurried || waiting.length >= fullBatch))
    hurried = false
  }

  const textOf = (event: AuditEvent) => eventText(event, redactIn.get(event.service) ?? redact)

  /** None where it cannot be made: that is not to keep all the others from being written. */
  const textsOf = (event: string | AuditEvent): string[] => {
    try {
      return [typeof event === 'string' ? event : textOf(event)]
    } catch (cause) {
      lost++
      log('An audit event is lost: it could not be written as text', cause)
      return []
    }
  }

  const writeGroup = async (group: readonly (string | AuditEvent)[], done: Deferred): Promise<void> => {
    let failures = 0
    const failed = (cause: unknown) => {
      if (writable) log('Audit events cannot be written; calls that change data are refused until they can be', cause)
      writable = false
      if (++failures >= 2) done.reject(notWritten(cause))
    }
    let own: string[] = []
    if (!started) {
      const heads = await earlierHeads(sinks, failed, giveUp.signal)
      if (heads) own = [ownText(startEvent(heads))]
      started = true
    }
    const texts = group.flatMap(textsOf)
    if (lost > 0) own.push(ownText(lossEvent(lost)))
    lost = 0
    const everywhere = await writeToAll(sinks, chain.link([...own, ...texts]), failed, giveUp.signal)
    if (!everywhere) {
      log(`${group.length} audit events were lost: they could not be written before the end`)
      return done.reject(notWritten(undefined))
    }
    if (!writable) log('Audit events are written again')
    writable = true
    done.resolve()
  }

  const schedule = () => {
    if (running) return
    // strict: all that is recorded in this turn of the event loop becomes one group.
    if (mode === 'strict' || hurried) soon ??= setImmediate(run)
    else if (waiting.length >= fullBatch) run()
    else timer ??= setTimeout(run, flushMs)
  }

  const run = () => {
    clearTimeout(timer)
    clearImmediate(soon)
    timer = undefined
    soon = undefined
    running ??= write().finally(() => {
      running = undefined
      if (waiting.length > 0) schedule()
    })
  }

  const flush = async (): Promise<void> => {
    const last = waiting.length > 0 ? written : running ? inFlight : undefined
    hurried = waiting.length > 0
    if (hurried) run()
    await last?.promise
  }

  const lose = (message: string | undefined): Promise<void> | undefined => {
    if (message !== undefined) log(message)
    return mode === 'strict' ? Promise.reject(notWritten(undefined)) : undefined
  }

  run()

  return {
    chain: chain.name,
    get writable() {
      return writable
    },
    record(event: AuditEvent) {
      if (closed) return lose('An audit event is lost: it was recorded after the end')
      if (waiting.length >= mostWaiting && !writable) {
        const first = lost++ === 0
        return lose(first ? 'Audit events are lost: the buffer is full and they cannot be written' : undefined)
      }
      // One behind the other the texts are made in less time than one beside all that a call does.
      waiting.push(mode === 'buffered' && isSmall(event.arguments) ? event : textOf(event))
      schedule()
      if (mode === 'strict') return written.promise
      return waiting.length >= mostWaiting ? written.promise.catch(() => {}) : undefined
    },
    flush,
    async close() {
      if (closed) return running
      closed = true
      waiting.push(ownText(stopEvent()))
      const late = setTimeout(() => giveUp.abort(), closeWithinMs)
      while (waiting.length > 0 || running) {
        hurried = true
        run()
        await running
      }
      clearTimeout(late)
      await Promise.allSettled(sinks.map((sink) => sink.close?.()))
    },
  }
}

/** Values and members of arguments that may be kept until they are written, and characters of one. */
const mostKept = 50
const longestKept = 200

/** Whether the arguments are so few and so short that they may be kept as they are. */
function isSmall(input: JsonObject): boolean {
  return roomAfter(input, mostKept) >= 0
}

function roomAfter(value: JsonValue | undefined, room: number): number {
  if (typeof value === 'string') return value.length <= longestKept ? room - 1 : -1
  if (typeof value !== 'object' || value === null) return room - 1
  let left = room - 1
  if (isJsonObject(value)) {
    for (const name in value) {
      left = name.length <= longestKept ? roomAfter(value[name], left) : -1
      if (left < 0) return left
    }
    return left
  }
  if (!Array.isArray(value)) return -1
  for (const item of value) {
    left = roomAfter(item, left)
    if (left < 0) return left
  }
  return left
}

/** The ends of the chains before this one, from the first sink that knows; undefined when it was given up. */
async function earlierHeads(
  sinks: readonly AuditSink[],
  failed: (cause: unknown) => void,
  signal: AbortSignal,
): Promise<readonly ChainHead[] | undefined> {
  const asked = sinks.find((sink) => sink.heads)
  if (!asked?.heads) return []
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      return await asked.heads()
    } catch (cause) {
      failed(cause)
      await pause(attempt, signal)
    }
  }
  return undefined
}

function notWritten(cause: unknown): Failure {
  return new Failure('unavailable', 'The call could not be written to the audit trail', { retryAfter: 5, cause })
}
