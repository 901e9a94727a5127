import {
  type Answer,
  type Call,
  type Catalog,
  type Connector,
  emptyCatalog,
  Failure,
  type JsonObject,
  type Operation,
  type Pipeline,
  type Principal,
  type Service,
  type Table,
  toFailure,
} from '@gatehouse/core'
import { databaseOperations } from './operations.js'

/** What the gate wrote down of one call. */
interface Event {
  readonly service: string
  readonly operation: string
  readonly principal: string
  readonly client: string | undefined
  readonly input: JsonObject
  /** Absent where it went well. */
  readonly failed?: string
}

/** A gate for tests of the surface in front of it: who may enter by a key, and answers that a test can foresee. */
export interface Gate extends Pipeline {
  readonly events: Event[]
  /** Makes a service's operations anew, as a change of its catalog does. */
  refresh(service: string): void
  /** Runs until its signal is aborted, which this resolves on. */
  readonly aborted: Promise<string>
}

export const goodKey = 'a-good-key'
const timing = { auth: 0, plan: 0, db: 0 }
const matching = 250

export function createGate(services: Readonly<Record<string, readonly string[]>>): Gate {
  const events: Event[] = []
  const offered = new Map<string, readonly Operation[]>()
  const refresh = (name: string) => offered.set(name, databaseOperations(name, services[name] ?? []))
  for (const name of Object.keys(services)) refresh(name)
  let tellAborted: (id: string) => void = () => undefined
  const aborted = new Promise<string>((resolve) => {
    tellAborted = resolve
  })

  const authenticate = ({ apiKey, bearer }: Call['credentials']): Principal => {
    if ((apiKey ?? bearer) !== goodKey) throw new Failure('unauthenticated', 'This key is not known')
    return { id: 'key:good', kind: 'key', name: 'good', roles: ['all'], attributes: {}, tenant: '', scope: 'all' }
  }
  const note = (call: Omit<Call, 'signal'>, failure?: Failure) => {
    let principal = 'anonymous'
    try {
      principal = authenticate(call.credentials).id
    } catch {
      // Then nobody is known.
    }
    const { service, operation, client, input } = call
    events.push({ service, operation, principal, client, input, ...(failure && { failed: failure.code }) })
  }
  const run = async (call: Call): Promise<Answer> => {
    authenticate(call.credentials)
    const operation = offered.get(call.service)?.find(({ name }) => name === call.operation)
    if (!operation) throw new Failure('not_found', `There is no operation ${call.operation}`)
    const { input } = call
    for (const name of Object.keys(input)) {
      if (operation.input.properties[name] || operation.aliases[name]) continue
      throw new Failure('invalid', `There is no argument \`${name}\``, { hint: 'Did you mean `filter`?' })
    }
    if (input.filter === 'forever') {
      return new Promise((_resolve, reject) => {
        call.signal.addEventListener('abort', () => {
          tellAborted(call.requestId)
          reject(new Failure('cancelled', 'The client went away'))
        })
      })
    }
    return answerTo(call, services[call.service] ?? [])
  }

  return {
    events,
    refresh,
    aborted,
    authenticate,
    services: () => Object.keys(services).map(serviceNamed),
    operations: (_principal, name) => offered.get(name) ?? [],
    catalog: (_principal, name) => catalogOf(services[name] ?? []),
    execute: async (call) => {
      try {
        const answer = await run(call)
        note(call)
        return answer
      } catch (thrown) {
        note(call, toFailure(thrown))
        throw thrown
      }
    },
    answered: async (call) => note(call),
    refuse: async (call, failure) => note(call, toFailure(failure)),
  }
}

function answerTo({ operation, input, limits }: Call, tables: readonly string[]): Answer {
  switch (operation) {
    case 'get_tables':
      return { kind: 'json', value: { resource: tables.map((name) => ({ name })) }, timing }
    case 'get_table_data': {
      const text =
        input.format === 'csv' ? 'id,name\r\n1,"A ""quoted"" name"\r\n' : '[{"id":1,"name":"Zoë \\"Z\\" 😀"}]'
      const format = input.format === 'csv' ? 'csv' : 'json'
      const meta = { next: 1, next_cursor: 'c2', limit: limits?.fallback ?? 0 }
      return { kind: 'records', format, text: Buffer.from(text), rows: 1, meta, timing }
    }
    case 'create_records':
      throw new Failure('conflict', 'One record failed', {
        batch: { failed: [1], records: [{ id: 1 }, new Failure('conflict', 'id 2 is taken', { hint: 'id' })] },
      })
    case 'update_records':
    case 'delete_records': {
      const affected = Array.isArray(input.ids) ? input.ids.length : matching
      if (typeof input.max_affected === 'number' && affected > input.max_affected) {
        const context = { affected, max_affected: input.max_affected }
        throw new Failure('invalid', `${affected} records would change`, { context })
      }
      return { kind: 'written', text: '[{"id":1}]', rows: affected, single: false, timing }
    }
    default:
      return { kind: 'json', value: { operation, input }, timing }
  }
}

function serviceNamed(name: string): Service {
  const connector: Connector = {
    capabilities: { transactions: true, upsert: true, aggregates: [], routines: false, regexp: false, related: false },
    introspect: () => Promise.resolve(emptyCatalog),
    execute: () => Promise.reject(new Failure('internal', 'The gate of the tests has no connector')),
    close: () => Promise.resolve(),
  }
  return {
    name,
    type: 'sqlite',
    label: name,
    description: `The ${name} service`,
    family: 'database',
    state: 'up',
    catalog: emptyCatalog,
    connector,
    maxRecords: 1000,
    timeoutMs: 1000,
  }
}

function catalogOf(tables: readonly string[]): Catalog {
  return { tables: new Map(tables.map((name) => [name, tableNamed(name)])), routines: new Map(), version: '1' }
}

function tableNamed(name: string): Table {
  const id = {
    name: 'id',
    type: 'integer' as const,
    nativeType: 'integer',
    nullable: false,
    generated: false,
    identity: true,
  }
  return {
    name,
    source: { name },
    kind: 'table',
    columns: new Map([['id', id]]),
    primaryKey: ['id'],
    uniqueKeys: [],
    foreignKeys: [],
    checks: [],
    relationships: new Map(),
    can: { read: true, create: true, update: true, delete: true },
  }
}
