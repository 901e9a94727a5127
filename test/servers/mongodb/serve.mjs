import { createServer } from 'node:net'
import { commands } from './commands.mjs'
import { Sessions } from './sessions.mjs'
import { Fault, Store, Transaction } from './store.mjs'
import { createReader, reply } from './wire.mjs'

/**
 * A double of a MongoDB server: it speaks the wire protocol on a TCP port to the real driver and keeps documents in
 * memory. `node serve.mjs PORT [REPLICA_SET]`; without a name of a set it is a standalone, which has no transactions.
 */
const [port = '0', replicaSet] = process.argv.slice(2)
const store = new Store()
const sessions = new Sessions()

const server = createServer((socket) => {
  socket.setNoDelay(true)
  const own = new Set()
  socket.on('error', () => socket.destroy())
  // A client that goes away takes with it what it waits for.
  socket.on('close', () => {
    for (const running of own) running.stop(new Fault(11601, 'operation was interrupted'))
  })
  const read = createReader(async (message) => {
    const answer = await answerTo(message.command, own)
    if (!socket.destroyed && !message.silent) socket.write(reply(message, answer))
  })
  socket.on('data', (chunk) => {
    try {
      read(chunk)
    } catch {
      socket.destroy()
    }
  })
})

/** @returns {Promise<Record<string, unknown>>} */
async function answerTo(/** @type {any} */ command, /** @type {Set<unknown>} */ own) {
  const [name = ''] = Object.keys(command)
  const run = Object.hasOwn(commands, name) ? commands[name] : undefined
  const session = command.lsid ? command.lsid.id.toString('hex') : ''
  const inTransaction = command.autocommit === false
  try {
    if (!run) throw new Fault(59, `no such command: '${name}'`)
    if (inTransaction && !replicaSet)
      throw new Fault(20, 'Transaction numbers are only allowed on a replica set member or mongos')
    const transaction = inTransaction ? transactionOf(session, command) : undefined
    const answer = await sessions.run(session, command, (running) => {
      own.add(running)
      const context = {
        store,
        sessions,
        database: command.$db,
        session,
        replicaSet,
        address: `127.0.0.1:${port}`,
        transaction,
        running,
      }
      return Promise.resolve(run(command, context)).finally(() => own.delete(running))
    })
    // A write that failed ends its transaction.
    if (transaction && 'writeErrors' in answer) endTransaction(session)
    return { ...answer, ok: 1 }
  } catch (error) {
    if (inTransaction) endTransaction(session)
    // MongoDB has a code of its own for a pattern that cannot be read.
    const pattern = error instanceof SyntaxError && error.message.startsWith('Invalid regular expression')
    if (!(error instanceof Fault || pattern)) {
      process.stderr.write(`${name}: ${error instanceof Error ? error.stack : error}\n`)
    }
    const text = error instanceof Error ? error.message : String(error)
    const fault = error instanceof Fault ? error : new Fault(pattern ? 51091 : 2, text)
    return { ok: 0, code: fault.code, errmsg: fault.message, codeName: `Code${fault.code}`, ...fault.more }
  }
}

function transactionOf(/** @type {string} */ session, /** @type {any} */ command) {
  const number = String(command.txnNumber)
  if (command.startTransaction) {
    endTransaction(session)
    sessions.transactions.set(session, { number, transaction: new Transaction(store) })
  }
  const open = sessions.transactions.get(session)
  if (open?.number !== number)
    throw new Fault(251, `Transaction ${number} has been aborted`, { errorLabels: ['TransientTransactionError'] })
  return open.transaction
}

function endTransaction(/** @type {string} */ session) {
  const open = sessions.transactions.get(session)
  if (!open) return
  store.end(open.transaction)
  sessions.transactions.delete(session)
}

server.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready for connections\n'))
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0))
