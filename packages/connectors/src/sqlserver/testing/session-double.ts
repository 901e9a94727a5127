import type { Raw } from '../../sql/driver.js'
import type { Bound } from '../parameters.js'
import type { Field, Session, Sink } from '../session.js'

/** What reached the double, in order. `control`: a batch without values. */
interface Received {
  readonly session: number
  readonly kind: 'run' | 'control' | 'reset' | 'cancel' | 'close'
  readonly text: string
  readonly values: readonly Bound[]
}

/** What the double answers to one statement. */
export interface Answer {
  readonly sets?: readonly { readonly fields?: readonly Field[]; readonly rows: readonly (readonly Raw[])[] }[]
  readonly affected?: number
  readonly error?: unknown
  /** The connection is gone with this statement. */
  readonly lost?: boolean
  /** Runs until it is cancelled. */
  readonly endless?: boolean
}

export type Answers = (text: string, values: readonly Bound[], received: readonly Received[]) => Answer | undefined

/** The error of the driver for an error of the server. */
export function serverError(number: number, message = `error ${number}`): Error {
  return Object.assign(new Error(message), { number, code: 'EREQUEST' })
}

export interface Double {
  readonly received: Received[]
  /** Texts of everything that was run, control statements and all. */
  texts(): string[]
  open(): Promise<Session>
}

/**
 * A double of the connector's own connection interface: no server and no protocol, only answers that were written by
 * hand. What it shows is what the connector sends, and what it makes of an answer.
 */
export function sessionDouble(answers: Answers): Double {
  const received: Received[] = []
  let sessions = 0
  return {
    received,
    texts: () => received.filter(({ text }) => text !== '').map(({ text }) => text),
    open: async () => new DoubledSession(sessions++, answers, received),
  }
}

class DoubledSession implements Session {
  alive = true
  private readonly number: number
  private readonly answers: Answers
  private readonly received: Received[]
  private running: { reject(error: unknown): void } | undefined
  private paused: (() => void) | undefined
  private isPaused = false

  constructor(number: number, answers: Answers, received: Received[]) {
    this.number = number
    this.answers = answers
    this.received = received
  }

  async run(text: string, values: readonly Bound[], sink: Sink) {
    return this.answer('run', text, values, sink)
  }

  async batch(text: string, sink: Sink = { row: () => undefined }) {
    await this.answer('control', text, [], sink)
  }

  async reset() {
    this.note('reset')
    const answer = this.answers('reset', [], this.received)
    if (answer?.error) throw answer.error
  }

  cancel() {
    this.note('cancel')
    this.running?.reject(Object.assign(new Error('Canceled.'), { code: 'ECANCEL' }))
  }

  pause() {
    this.isPaused = true
  }
  resume() {
    this.isPaused = false
    this.paused?.()
  }

  async check() {}

  close() {
    if (this.alive) this.note('close')
    this.alive = false
    this.running?.reject(Object.assign(new Error('it was closed here'), { code: 'ECLOSE' }))
  }

  private note(kind: Received['kind'], text = '', values: readonly Bound[] = []) {
    this.received.push({ session: this.number, kind, text, values })
  }

  private async answer(kind: Received['kind'], text: string, values: readonly Bound[], sink: Sink) {
    this.note(kind, text, values)
    const answer = this.answers(text, values, this.received) ?? {}
    if (answer.lost) {
      this.alive = false
      throw Object.assign(new Error('Connection lost - socket hang up'), { code: 'ESOCKET' })
    }
    if (answer.endless) {
      await new Promise<never>((_, reject) => {
        this.running = { reject }
      }).finally(() => {
        this.running = undefined
      })
    }
    for (const [set, { fields, rows }] of (answer.sets ?? []).entries()) {
      sink.fields?.(fields ?? [], set)
      for (const row of rows) {
        if (this.isPaused) {
          await new Promise<void>((resolve) => {
            this.paused = resolve
          })
        }
        sink.row(row, set)
      }
    }
    if (answer.error) throw answer.error
    return { affected: answer.affected ?? 0 }
  }
}
