import { Long, ObjectId } from 'bson'
import { aggregate, matcher } from './operators.mjs'
import { duplicate, Fault } from './store.mjs'
import { compare, keyText } from './values.mjs'

/** @typedef {import('./values.mjs').Doc} Doc */
/** @typedef {{ stop(fault: Fault): void, signal: Promise<never> }} Running */
/**
 * What a command runs with.
 * @typedef {object} Context
 * @property {import('./store.mjs').Store} store
 * @property {import('./sessions.mjs').Sessions} sessions
 * @property {string} database
 * @property {string} session the session's id, or ''
 * @property {string | undefined} replicaSet
 * @property {string} address
 * @property {import('./store.mjs').Transaction | undefined} transaction
 * @property {Running} running
 */
/** @typedef {(command: any, context: Context) => Doc | Promise<Doc>} Command */

/** @type {Record<string, Command>} */
export const commands = {
  hello,
  isMaster: hello,
  ismaster: hello,
  ping: () => ({}),
  buildInfo: () => ({ version: '7.0.0', versionArray: [7, 0, 0, 0] }),
  connectionStatus: () => ({
    authInfo: { authenticatedUsers: [], authenticatedUserRoles: [], authenticatedUserPrivileges: [] },
  }),
  endSessions: () => ({}),
  killSessions(command, { sessions }) {
    for (const { id } of command.killSessions) sessions.kill(id.toString('hex'))
    return {}
  },
  killCursors(command, { sessions }) {
    for (const id of command.cursors) sessions.cursors.delete(String(id))
    return { cursorsKilled: command.cursors, cursorsNotFound: [], cursorsAlive: [], cursorsUnknown: [] }
  },
  currentOp: (_command, { sessions }) => ({ inprog: [...sessions.running].map(({ command }) => ({ command })) }),
  create(command, { store, database }) {
    const { create: name, lsid: _lsid, $db: _db, ...options } = command
    store.create(`${database}.${name}`, options)
    return {}
  },
  drop(command, { store, database }) {
    store.drop(`${database}.${command.drop}`)
    return {}
  },
  dropDatabase(_command, { store, database }) {
    for (const name of [...store.collections.keys()]) if (name.startsWith(`${database}.`)) store.drop(name)
    return {}
  },
  createIndexes(command, { store, database }) {
    const name = `${database}.${command.createIndexes}`
    if (!store.collections.has(name)) store.create(name)
    store.collections.get(name)?.indexes.push(...command.indexes)
    return {}
  },
  listIndexes(command, { store, database }) {
    const collection = store.collections.get(`${database}.${command.listIndexes}`)
    if (!collection) throw new Fault(26, 'ns does not exist')
    return cursor(
      `${database}.${command.listIndexes}`,
      collection.indexes.map((index) => ({ v: 2, ...index })),
    )
  },
  listCollections(_command, { store, database }) {
    const own = [...store.collections].filter(([name]) => name.startsWith(`${database}.`))
    return cursor(
      `${database}.$cmd.listCollections`,
      own.map(([, { name, type, options }]) => ({ name, type, options, info: { readOnly: type === 'view' } })),
    )
  },
  count(command, context) {
    const documents = read(command.count, context)
    return { n: documents.filter(matcher(command.query ?? {}, (name) => read(name, context))).length }
  },
  aggregate: runAggregate,
  find: (command, context) => {
    const { filter = {}, sort, skip, limit, projection } = command
    const stages = [
      { $match: filter },
      ...(sort ? [{ $sort: sort }] : []),
      ...(skip ? [{ $skip: skip }] : []),
      ...(limit ? [{ $limit: Math.abs(limit) }] : []),
      ...(projection && Object.keys(projection).length > 0 ? [{ $project: projection }] : []),
    ]
    return runAggregate(
      { ...command, aggregate: command.find, pipeline: stages, cursor: { batchSize: command.batchSize } },
      context,
    )
  },
  getMore(command, { sessions }) {
    const open = sessions.cursors.get(String(command.getMore))
    if (!open) throw new Fault(43, `cursor id ${command.getMore} not found`)
    const nextBatch = open.rest.splice(0, command.batchSize || 1000)
    if (open.rest.length === 0) sessions.cursors.delete(String(command.getMore))
    return { cursor: { id: open.rest.length > 0 ? command.getMore : Long.ZERO, ns: open.ns, nextBatch } }
  },
  insert: (command, context) =>
    eachWrite(command, command.documents, (document) => insertOne(command.insert, document, context)),
  update: async (command, context) => {
    /** @type {Doc[]} */
    const upserted = []
    let modified = 0
    const reply = await eachWrite(command, command.updates, async (update, index) => {
      const result = await updateSome(command.update, update, context)
      modified += result.modified
      if (result.upserted !== undefined) upserted.push({ index, _id: result.upserted })
      return result.matched
    })
    return { ...reply, nModified: modified, ...(upserted.length > 0 ? { upserted } : {}) }
  },
  delete: (command, context) => eachWrite(command, command.deletes, (one) => deleteSome(command.delete, one, context)),
  commitTransaction(_command, { store, sessions, session, transaction }) {
    if (!transaction) throw new Fault(251, 'Given transaction number does not match any in-progress transactions')
    store.commit(transaction)
    sessions.transactions.delete(session)
    return {}
  },
  abortTransaction(_command, { store, sessions, session, transaction }) {
    if (!transaction) throw new Fault(251, 'Given transaction number does not match any in-progress transactions')
    store.end(transaction)
    sessions.transactions.delete(session)
    return {}
  },
}

/** @type {Command} */
function hello(_command, { replicaSet, address }) {
  return {
    helloOk: true,
    isWritablePrimary: true,
    ismaster: true,
    ...(replicaSet
      ? { setName: replicaSet, setVersion: 1, hosts: [address], primary: address, me: address, secondary: false }
      : {}),
    maxBsonObjectSize: 16_777_216,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    minWireVersion: 0,
    maxWireVersion: 21,
    readOnly: false,
  }
}

function cursor(/** @type {string} */ ns, /** @type {unknown[]} */ firstBatch) {
  return { cursor: { id: Long.ZERO, ns, firstBatch } }
}

/** The documents of a collection or a view. @returns {Doc[]} */
function read(/** @type {string} */ name, /** @type {Context} */ context) {
  const { store, database, transaction } = context
  const view = store.collections.get(`${database}.${name}`)
  if (view?.type !== 'view') return store.all(`${database}.${name}`, transaction)
  const { viewOn, pipeline } = view.options
  return aggregate(read(viewOn, context), pipeline, (other) => read(other, context))
}

/** @type {Command} */
async function runAggregate(command, context) {
  const { database, sessions } = context
  const name = command.aggregate
  const stages = command.pipeline
  if (JSON.stringify(stages).includes('"$where":')) throw new Fault(2, '$where is not allowed in this context')
  await slept(stages, name, context)
  const found =
    name === 1
      ? aggregate([], stages, (other) => read(other, context))
      : aggregate(read(name, context), stages, (other) => read(other, context))
  const size = command.cursor?.batchSize ?? 101
  const ns = `${database}.${name === 1 ? '$cmd.aggregate' : name}`
  const firstBatch = found.slice(0, size)
  const rest = found.slice(size)
  const id = rest.length > 0 ? sessions.keep(ns, rest) : Long.ZERO
  return { cursor: { id, ns, firstBatch } }
}

/** A `$function` whose body sleeps is all of the server's JavaScript that there is here. */
async function slept(
  /** @type {Doc[]} */ stages,
  /** @type {string | 1} */ name,
  /** @type {Context} */ { store, database, running },
) {
  const view = store.collections.get(`${database}.${name}`)
  const sleep = /sleep\((\d+)\)/.exec(JSON.stringify([stages, view?.options.pipeline ?? []]))
  if (!sleep) return
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const waited = new Promise((resolve) => {
    timer = setTimeout(resolve, Number(sleep[1]))
  })
  await Promise.race([waited, running.signal]).finally(() => clearTimeout(timer))
}

/** Runs each write; ordered ones end with the first that fails. In a transaction it ends that, too. */
async function eachWrite(
  /** @type {any} */ command,
  /** @type {any[]} */ writes,
  /** @type {(write: any, index: number) => number | Promise<number>} */ run,
) {
  let n = 0
  /** @type {Doc[]} */
  const writeErrors = []
  for (const [index, write] of writes.entries()) {
    try {
      n += await run(write, index)
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 112) throw error
      writeErrors.push({ index, code: error.code, errmsg: error.message, ...error.more })
      if (command.ordered !== false) break
    }
  }
  return { n, ...(writeErrors.length > 0 ? { writeErrors } : {}) }
}

async function insertOne(
  /** @type {string} */ collection,
  /** @type {Doc} */ sent,
  /** @type {Context} */ { store, database, transaction },
) {
  const name = `${database}.${collection}`
  const document = '_id' in sent ? sent : { _id: new ObjectId(), ...sent }
  for (const field of Object.keys(document)) {
    if (field.startsWith('$')) throw new Fault(52, `The dollar ($) prefixed field '${field}' is not allowed`)
  }
  const key = keyText(document._id)
  if (!transaction) await store.unlocked(name, [key])
  if (store.view(name, transaction).has(key)) throw duplicate(name, { name: '_id_', key: { _id: 1 } }, document)
  store.write(name, key, document, transaction)
  return 1
}

async function updateSome(
  /** @type {string} */ collection,
  /** @type {any} */ { q, u, multi, upsert },
  /** @type {Context} */ context,
) {
  const { store, database, transaction } = context
  const name = `${database}.${collection}`
  const matches = matcher(q, (other) => read(other, context))
  const find = () => [...store.view(name, transaction)].filter(([, document]) => matches(document))
  let found = find()
  if (!transaction && found.length > 0) {
    await store.unlocked(
      name,
      found.map(([key]) => key),
    )
    found = find()
  }
  if (found.length === 0 && upsert) {
    const document = changed({ ...equalities(q) }, u, true)
    if (document._id === undefined) document._id = new ObjectId()
    await insertOne(collection, document, context)
    return { matched: 1, modified: 0, upserted: document._id }
  }
  if (!multi) found = found.slice(0, 1)
  let modified = 0
  for (const [key, document] of found) {
    const next = changed(document, u, false)
    if (compare(next._id, document._id) !== 0)
      throw new Fault(66, "Performing an update on the path '_id' would modify the immutable field '_id'")
    if (compare(next, document) === 0) continue
    store.write(name, key, next, transaction)
    modified++
  }
  return { matched: found.length, modified }
}

/** The document after an update. @returns {Doc} */
function changed(/** @type {Doc} */ document, /** @type {any} */ update, /** @type {boolean} */ fresh) {
  const next = { ...document }
  for (const [operator, fields] of Object.entries(update)) {
    if (!['$set', '$unset', '$setOnInsert'].includes(operator)) throw new Fault(9, `Unknown modifier: ${operator}`)
    if (operator === '$setOnInsert' && !fresh) continue
    for (const [field, value] of Object.entries(fields)) {
      if (field.includes('.') || field.startsWith('$')) throw new Fault(52, `The field '${field}' is not valid here`)
      if (operator === '$unset') delete next[field]
      else Object.defineProperty(next, field, { value, writable: true, enumerable: true, configurable: true })
    }
  }
  return next
}

/** What an upsert takes from its query. @returns {Doc} */
function equalities(/** @type {Doc} */ query) {
  /** @type {Doc} */
  const found = {}
  for (const [field, condition] of Object.entries(query)) {
    if (field === '$and') for (const part of /** @type {Doc[]} */ (condition)) Object.assign(found, equalities(part))
    if (field.startsWith('$')) continue
    const plain = condition === null || typeof condition !== 'object' || !Object.keys(condition)[0]?.startsWith('$')
    if (plain) found[field] = condition
    else if ('$eq' in condition) found[field] = condition.$eq
  }
  return found
}

async function deleteSome(
  /** @type {string} */ collection,
  /** @type {any} */ { q, limit },
  /** @type {Context} */ context,
) {
  const { store, database, transaction } = context
  const name = `${database}.${collection}`
  const matches = matcher(q, (other) => read(other, context))
  const find = () => [...store.view(name, transaction)].filter(([, document]) => matches(document))
  let found = find()
  if (!transaction) {
    await store.unlocked(
      name,
      found.map(([key]) => key),
    )
    found = find()
  }
  if (limit === 1) found = found.slice(0, 1)
  for (const [key] of found) store.write(name, key, undefined, transaction)
  return found.length
}
