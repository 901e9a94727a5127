import { Failure } from '@gatehouse/core'
import type { RawRows, ShapedStatement, SqlTransaction, Statement, WrittenRows } from '../sql/driver.js'
import type { Reply } from './connection.js'
import { type Described, DescribedReply } from './described-rows.js'
import { stopped } from './errors.js'
import type { Lease } from './lease.js'
import type { Step } from './outgoing.js'
import { ignore, PageReply, RowsReply } from './replies.js'
import { commit } from './unit.js'

const none: readonly unknown[] = []

/** A transaction whose opening, savepoints and their ends travel with the statements around them, at no round trip. */
export class PgTransaction implements SqlTransaction {
  private readonly lease: Lease
  private readonly toFailure: (error: unknown) => Failure
  /** To be sent before the next statement. */
  private pending: Step[]
  private depth = 0
  private sent = false

  constructor(lease: Lease, opening: readonly Step[], toFailure: (error: unknown) => Failure) {
    this.lease = lease
    this.toFailure = toFailure
    this.pending = [...opening]
  }

  async write(statement: ShapedStatement, values: readonly unknown[], limit: number): Promise<WrittenRows> {
    const reply = new PageReply(statement.shape, limit)
    try {
      await this.run({ ...stepOf(statement), values }, reply)
    } catch (error) {
      reply.free()
      throw error
    }
    return reply.result()
  }

  async rows(statement: Statement, values: readonly unknown[]): Promise<RawRows> {
    const reply = new RowsReply()
    await this.run({ ...stepOf(statement), values }, reply)
    return reply.result()
  }

  /** Rows of a statement whose columns only the server knows. */
  async described(statement: Statement): Promise<Described> {
    const reply = new DescribedReply()
    await this.run({ text: statement.text, values: none, describe: true }, reply)
    return reply
  }

  async savepoint<T>(body: () => Promise<T>): Promise<T> {
    const name = `gh_${++this.depth}`
    const savepoint = command(`SAVEPOINT ${name}`)
    this.pending.push(savepoint)
    try {
      const result = await body()
      if (!this.dropPending(savepoint)) this.pending.push(command(`RELEASE ${name}`))
      return result
    } catch (thrown) {
      if (!this.dropPending(savepoint)) {
        // Undoing comes first: in a failed transaction nothing else is accepted.
        this.pending = [command(`ROLLBACK TO ${name}`), command(`RELEASE ${name}`)]
      }
      throw thrown
    } finally {
      this.depth--
    }
  }

  async commit(): Promise<void> {
    if (!this.sent) return
    let tag: string | undefined
    const end: Reply = {
      row() {},
      done(text) {
        tag = text
      },
    }
    await this.run(commit, end)
    if (tag !== 'COMMIT') throw new Failure('internal', 'The transaction was undone by the database')
  }

  private async run(step: Step, reply: Reply): Promise<void> {
    const { lease, pending } = this
    if (lease.signal.aborted) throw stopped('cancelled')
    if (performance.now() > lease.deadline) throw stopped('timeout')
    this.pending = []
    this.sent = true
    try {
      await lease.connection.run([...pending, step], [...pending.map(() => ignore), reply])
    } catch (error) {
      throw this.toFailure(error)
    }
  }

  /** True where the step was not sent and need not be. */
  private dropPending(step: Step): boolean {
    const at = this.pending.indexOf(step)
    if (at < 0) return false
    this.pending.length = at
    return true
  }
}

function stepOf(statement: Statement): Omit<Step, 'values'> {
  return statement.name === undefined ? { text: statement.text } : { text: statement.text, name: statement.name }
}

/** Savepoints nest a few levels deep, so these few texts are worth preparing. */
function command(text: string): Step {
  return { text, name: text.toLowerCase().replaceAll(' ', '_'), values: none }
}
