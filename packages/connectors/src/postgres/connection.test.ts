import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connect } from './connect.js'
import type { PgConnection } from './connection.js'
import type { Step } from './outgoing.js'
import { ignore } from './replies.js'
import { serverUrl, skipped, type TestDatabase, testDatabase } from './testing/server.js'

const step = (name: string, text: string): Step => ({ name, text, values: [] })

describe('the prepared statements of a connection', () => {
  let database: TestDatabase
  let connection: PgConnection
  beforeEach(async ({ skip }) => {
    skip(serverUrl === undefined, skipped)
    connection = await connect(database.target)
  })
  beforeAll(async () => {
    if (serverUrl !== undefined) database = await testDatabase('prepared')
  })
  afterAll(() => database?.drop())

  it('are prepared anew, all that an exchange uses, when someone deallocated them', async () => {
    const steps = [step('one', 'SELECT 1'), step('two', 'SELECT 2'), step('one', 'SELECT 1')]
    const run = () => connection.run(steps, [ignore, ignore, ignore])
    await run()
    await connection.command('DEALLOCATE ALL')
    await expect(run()).rejects.toMatchObject({ sqlState: '26000' })
    await run()
    connection.end()
  })

  it('can be prepared after one try failed while the next was under way', async () => {
    const first = connection.queue([step('one', 'SELECT nothing')], [ignore])
    connection.forget('one')
    const second = connection.queue([step('one', 'SELECT 1')], [ignore])
    connection.flush()
    await expect(first).rejects.toMatchObject({ sqlState: '42703' })
    await second
    await connection.run([step('one', 'SELECT 1')], [ignore])
    connection.end()
  })
})
