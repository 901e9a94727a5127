import { matcher } from './operators.mjs'
import { meets } from './schema.mjs'
import { keyText } from './values.mjs'

/** @typedef {import('./values.mjs').Doc} Doc */
/** @typedef {{ name: string, key: Record<string, number>, unique?: boolean, sparse?: boolean, partialFilterExpression?: Doc }} Index */
/** @typedef {{ name: string, type: 'collection' | 'view', options: any, indexes: Index[] }} Collection */
/** Documents by their key, in the order in which they came. They are never changed, only replaced. @typedef {Map<string, Doc>} Documents */

/** An error with a server's code. */
export class Fault extends Error {
  /** @type {number} */ code
  /** @type {Record<string, unknown>} */ more
  constructor(
    /** @type {number} */ code,
    /** @type {string} */ message,
    /** @type {Record<string, unknown>} */ more = {},
  ) {
    super(message)
    this.code = code
    this.more = more
  }
}

/** What a transaction sees and has changed. */
export class Transaction {
  /** @type {Map<string, Documents>} */ base = new Map()
  /** @type {Map<string, Documents>} */ seen = new Map()
  /** @type {Map<string, Set<string>>} */ written = new Map()

  constructor(/** @type {Store} */ store) {
    for (const [name, documents] of store.documents) {
      this.base.set(name, new Map(documents))
      this.seen.set(name, new Map(documents))
    }
  }
}

/** Databases in memory, with what the tests need of transactions: snapshots, conflicts, all or nothing. */
export class Store {
  /** By `database.collection`. @type {Map<string, Collection>} */ collections = new Map()
  /** @type {Map<string, Documents>} */ documents = new Map()
  /** Documents that a transaction has written: who, and those who wait for its end. @type {Map<string, { by: Transaction, waiting: (() => void)[] }>} */
  locks = new Map()

  /** @returns {Doc[]} */
  all(/** @type {string} */ name, /** @type {Transaction | undefined} */ transaction) {
    return [...this.view(name, transaction).values()]
  }

  /** @returns {Documents} */
  view(/** @type {string} */ name, /** @type {Transaction | undefined} */ transaction) {
    const source = transaction ? transaction.seen : this.documents
    let found = source.get(name)
    if (!found) {
      found = new Map()
      source.set(name, found)
    }
    return found
  }

  create(/** @type {string} */ name, /** @type {any} */ options = {}) {
    if (this.collections.has(name)) throw new Fault(48, `Collection already exists. NS: ${name}`)
    const type = options.viewOn ? 'view' : 'collection'
    const indexes = type === 'view' ? [] : [{ name: '_id_', key: { _id: 1 } }]
    this.collections.set(name, { name: name.slice(name.indexOf('.') + 1), type, options, indexes })
  }

  drop(/** @type {string} */ name) {
    this.collections.delete(name)
    this.documents.delete(name)
  }

  /** Puts, replaces or (without a document) removes the one with a key. */
  write(
    /** @type {string} */ name,
    /** @type {string} */ key,
    /** @type {Doc | undefined} */ document,
    /** @type {Transaction | undefined} */ transaction,
  ) {
    const collection = this.collections.get(name)
    if (!collection) this.create(name)
    if (collection?.type === 'view') throw new Fault(166, `Namespace ${name} is a view, not a collection`)
    if (transaction) this.lock(name, key, transaction)
    if (document) this.requireRules(name, key, document, transaction)
    const documents = this.view(name, transaction)
    if (document) documents.set(key, document)
    else documents.delete(key)
  }

  /** What was changed since the transaction began, or is being changed by another, is not for it. */
  lock(/** @type {string} */ name, /** @type {string} */ key, /** @type {Transaction} */ transaction) {
    const id = `${name} ${key}`
    const held = this.locks.get(id)
    const before = transaction.base.get(name)?.get(key)
    if ((held && held.by !== transaction) || this.view(name, undefined).get(key) !== before) {
      throw new Fault(112, 'WriteConflict error: this operation conflicted with another operation', {
        errorLabels: ['TransientTransactionError'],
      })
    }
    if (!held) this.locks.set(id, { by: transaction, waiting: [] })
    const written = transaction.written.get(name) ?? new Set()
    transaction.written.set(name, written.add(key))
  }

  /** Resolves when no transaction holds any of the documents. */
  async unlocked(/** @type {string} */ name, /** @type {Iterable<string>} */ keys) {
    for (const key of keys) {
      for (let held = this.locks.get(`${name} ${key}`); held; held = this.locks.get(`${name} ${key}`)) {
        const { waiting } = held
        await new Promise((/** @type {(value?: undefined) => void} */ resolve) => waiting.push(() => resolve()))
      }
    }
  }

  requireRules(
    /** @type {string} */ name,
    /** @type {string} */ key,
    /** @type {Doc} */ document,
    /** @type {Transaction | undefined} */ transaction,
  ) {
    const collection = this.collections.get(name)
    const schema = collection?.options.validator?.$jsonSchema
    if (schema && !meets(schema, document)) {
      throw new Fault(121, 'Document failed validation', { errInfo: { failingDocumentId: document._id } })
    }
    for (const index of collection?.indexes ?? []) {
      if (!index.unique) continue
      const fields = Object.keys(index.key)
      if (!indexed(index, document)) continue
      const wanted = fields.map((field) => keyText(document[field] ?? null)).join()
      for (const [other, found] of this.view(name, transaction)) {
        if (!indexed(index, found)) continue
        if (other !== key && fields.map((field) => keyText(found[field] ?? null)).join() === wanted)
          throw duplicate(name, index, document)
      }
    }
  }

  commit(/** @type {Transaction} */ transaction) {
    for (const [name, keys] of transaction.written) {
      const target = this.view(name, undefined)
      for (const key of keys) {
        const document = transaction.seen.get(name)?.get(key)
        if (document) target.set(key, document)
        else target.delete(key)
      }
    }
    this.end(transaction)
  }

  end(/** @type {Transaction} */ transaction) {
    for (const [id, held] of this.locks) {
      if (held.by !== transaction) continue
      this.locks.delete(id)
      for (const go of held.waiting) go()
    }
  }
}

/** What partial indexes ask for, ready to be asked. @type {WeakMap<Index, (document: Doc) => boolean>} */
const partial = new WeakMap()

/** Whether a document is in an index: in a sparse one where it has a field of it, in a partial one where it meets that. */
function indexed(/** @type {Index} */ index, /** @type {Doc} */ document) {
  if (index.sparse && Object.keys(index.key).every((field) => document[field] === undefined)) return false
  if (!index.partialFilterExpression) return true
  const matches = partial.get(index) ?? matcher(index.partialFilterExpression, () => [])
  partial.set(index, matches)
  return matches(document)
}

/** @returns {Fault} */
export function duplicate(/** @type {string} */ name, /** @type {Index} */ index, /** @type {Doc} */ document) {
  const keyValue = Object.fromEntries(Object.keys(index.key).map((field) => [field, document[field] ?? null]))
  return new Fault(
    11000,
    `E11000 duplicate key error collection: ${name} index: ${index.name} dup key: ${JSON.stringify(keyValue)}`,
    {
      keyPattern: index.key,
      keyValue,
    },
  )
}
