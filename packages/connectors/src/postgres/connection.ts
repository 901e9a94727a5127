import type { Socket } from 'node:net'
import { isStale, MessageReader, readError, type ServerError } from './incoming.js'
import { Lost } from './lost.js'
import {
  addBind,
  addCloseStatement,
  addDescribePortal,
  addExecute,
  addParse,
  addQuery,
  addSync,
  type Step,
  startMessages,
  takeMessages,
  terminate,
} from './outgoing.js'
import { takeOver } from './reading-socket.js'

/** Takes what a step answers. */
export interface Reply {
  /** A DataRow; the bytes are valid while it is called. */
  row(bytes: Buffer, start: number, end: number): void
  /** The RowDescription of a step that asked for it. */
  described?(bytes: Buffer, start: number): void
  /** The step has ended; `tag` is absent where its portal has more rows. */
  done(tag: string | undefined): void
}

interface Exchange {
  readonly replies: readonly Reply[]
  readonly steps: readonly Step[]
  /** Names in the order of the Parse messages sent. */
  readonly parses: readonly string[]
  /** How many of them the server has parsed. */
  parsed: number
  /** The step that is answering. */
  at: number
  error: ServerError | undefined
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Prepared statements that one connection keeps. */
const maxPrepared = 256

/**
 * One session. Runs one exchange at a time, each sent in one write and answered in one round trip; but those that are
 * `queue`d follow each other without waiting, and leave in one write.
 */
export class PgConnection {
  readonly processId: number
  readonly secretKey: number
  private readonly socket: Socket
  /** Statements that the server knows, or will once it has come to them. */
  private readonly prepared = new Set<string>()
  /** Forgotten here and not yet there. */
  private readonly stale: string[] = []
  /** What was sent and is not answered yet; the first one is answering. */
  private readonly exchanges: Exchange[] = []
  private unsent: Buffer[] = []
  /** Of the last ReadyForQuery: I idle, T in a transaction, E in a failed one. */
  status: 'I' | 'T' | 'E' = 'I'
  alive = true
  /** Settings of the session as far as calls change them. */
  readOnly: boolean | undefined
  timeoutMs: number | undefined
  lockTimeoutMs: number | undefined

  /** `socket` is connected and authenticated, and nobody else reads it. */
  constructor(socket: Socket, processId: number, secretKey: number) {
    this.socket = socket
    this.processId = processId
    this.secretKey = secretKey
    const reader = new MessageReader((type, bytes, start, end) => this.message(type, bytes, start, end))
    takeOver(socket, (chunk) => reader.read(chunk))
    socket.on('error', (error) => this.lose(error))
    socket.on('close', () => this.lose(undefined))
  }

  get busy(): boolean {
    return this.exchanges.length > 0
  }

  /**
   * Runs the steps in one transaction, or within the one that is open; the first error skips the rest. Rejects with
   * ServerError once the server is ready again, with Lost, or for values that cannot be sent. After one that is stale
   * (`isStale`) the next try prepares the statements anew.
   */
  run(steps: readonly Step[], replies: readonly Reply[]): Promise<void> {
    return this.send(steps, replies, () => this.addSteps(steps))
  }

  /** As `run`, but behind what is not answered yet. Leaves with `flush`. */
  queue(steps: readonly Step[], replies: readonly Reply[]): Promise<void> {
    if (!this.alive) return Promise.reject(new Lost(undefined))
    return this.add(steps, replies, () => this.addSteps(steps))
  }

  /** Sends what was queued. */
  flush(): void {
    const [only, ...more] = this.unsent
    if (!only) return
    this.unsent = []
    if (this.alive) this.socket.write(more.length > 0 ? Buffer.concat([only, ...more]) : only)
  }

  /** The names that it asks the server to parse. */
  private addSteps(steps: readonly Step[]): string[] {
    const parses: string[] = []
    for (const { name = '' } of steps) {
      if (name === '' || !(this.prepared.has(name) || parses.includes(name))) parses.push(name)
    }
    this.makeRoom(parses.length, steps)
    // Before the steps, since the server skips whatever follows one that fails.
    for (const name of this.stale) addCloseStatement(name)
    let parsing = 0
    for (const step of steps) {
      const name = step.name ?? ''
      if (name === parses[parsing]) {
        addParse(name, step.text)
        parsing++
      }
      addBind(step.portal?.name ?? '', name, step.values)
      if (step.describe) addDescribePortal(step.portal?.name ?? '')
      addExecute(step.portal?.name ?? '', step.portal?.rows ?? 0)
    }
    addSync()
    this.stale.length = 0
    return parses
  }

  /** More rows of a portal that a step left open. */
  fetch(step: Step, reply: Reply): Promise<void> {
    return this.send([], [reply], () => {
      addExecute(step.portal?.name ?? '', step.portal?.rows ?? 0)
      addSync()
      return []
    })
  }

  /** Statements of our own that answer nothing. */
  command(sql: string): Promise<void> {
    return this.send([], [], () => {
      addQuery(sql)
      return []
    })
  }

  /** So that the next use parses it anew. */
  forget(name: string): void {
    if (this.prepared.delete(name)) this.stale.push(name)
  }

  /** Closes at once; what runs is lost. */
  destroy(): void {
    this.socket.destroy()
    this.lose(undefined)
  }

  /** Closes an idle session in order. */
  end(): void {
    this.alive = false
    this.socket.end(terminate)
    this.socket.unref()
  }

  private send(steps: readonly Step[], replies: readonly Reply[], gather: () => readonly string[]): Promise<void> {
    if (!this.alive) return Promise.reject(new Lost(undefined))
    if (this.busy) return Promise.reject(new Error('A connection runs one exchange at a time'))
    const answered = this.add(steps, replies, gather)
    this.flush()
    return answered
  }

  private add(steps: readonly Step[], replies: readonly Reply[], gather: () => readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      startMessages()
      const parses = gather()
      for (const name of parses) if (name !== '') this.prepared.add(name)
      this.exchanges.push({ steps, replies, parses, parsed: 0, at: 0, error: undefined, resolve, reject })
      this.unsent.push(takeMessages())
    })
  }

  /** Forgets the oldest statements, but none that the steps need. */
  private makeRoom(parses: number, steps: readonly Step[]): void {
    let excess = this.prepared.size + parses - maxPrepared
    if (excess <= 0) return
    for (const name of this.prepared) {
      if (steps.some((step) => step.name === name)) continue
      this.forget(name)
      if (--excess === 0) return
    }
  }

  private message(type: number, bytes: Buffer, start: number, end: number): void {
    const exchange = this.exchanges[0]
    switch (type) {
      case 0x44: // DataRow
        exchange?.replies[exchange.at]?.row(bytes, start, end)
        return
      case 0x54: // RowDescription
        exchange?.replies[exchange.at]?.described?.(bytes, start)
        return
      case 0x43: // CommandComplete
      case 0x49: // EmptyQueryResponse
      case 0x73: // PortalSuspended
        if (!exchange) return
        exchange.replies[exchange.at]?.done(type === 0x73 ? undefined : bytes.toString('latin1', start, end - 1))
        exchange.at++
        return
      case 0x5a: // ReadyForQuery
        this.status = bytes[start] === 0x49 ? 'I' : bytes[start] === 0x54 ? 'T' : 'E'
        this.exchanges.shift()
        if (!exchange) return
        if (exchange.error) {
          this.forgetFailed(exchange, exchange.error)
          exchange.reject(exchange.error)
        } else exchange.resolve()
        return
      case 0x31: // ParseComplete
        if (exchange) exchange.parsed++
        return
      case 0x45: {
        // ErrorResponse; without an exchange the server says why it will close
        const error = readError(bytes, start, end)
        if (exchange) exchange.error ??= error
        else this.lose(error)
        return
      }
      case 0x53: // ParameterStatus
        this.parameter(bytes, start, end)
        return
      case 0x47: // CopyInResponse
      case 0x57: // CopyBothResponse
        // Nothing of ours copies, and the server would wait for ever.
        this.destroy()
        return
      default:
        return // BindComplete, CloseComplete, NoticeResponse, NotificationResponse, NoData, ...
    }
  }

  /** What the exchange did not come to parse, and all that it used where one of them is stale. */
  private forgetFailed({ steps, parses, parsed }: Exchange, error: ServerError): void {
    // Closed there too, since an exchange behind this one may have parsed it meanwhile.
    for (const name of parses.slice(parsed)) this.forget(name)
    if (isStale(error)) for (const { name } of steps) if (name !== undefined) this.forget(name)
  }

  /** A routine may have changed a setting that we rely on; the server (from 14 on) reports it. */
  private parameter(bytes: Buffer, start: number, end: number): void {
    const [name, value] = bytes.toString('utf8', start, end).split('\0')
    if (name === 'default_transaction_read_only') this.readOnly = value === 'on'
  }

  private lose(cause: unknown): void {
    this.alive = false
    for (const exchange of this.exchanges.splice(0)) exchange.reject(new Lost(exchange.error ?? cause))
  }
}
