import {
  type Answer,
  type Call,
  emptyCatalog,
  Failure,
  type Operation,
  type Pipeline,
  type Principal,
  type Service,
} from '@gatehouse/core'
import { operationsOf } from './operations.js'

const principal: Principal = {
  id: 'key:test',
  kind: 'key',
  name: 'test',
  roles: ['tester'],
  attributes: {},
  tenant: 'default',
  scope: 'tester',
}

export const timing = { auth: 0.1, plan: 0.25, db: 1.5 } as const

/** Nothing is behind it. */
export const service: Service = {
  name: 'shop',
  type: 'sqlite',
  label: 'Shop',
  description: 'Orders and products',
  family: 'database',
  state: 'up',
  catalog: emptyCatalog,
  connector: {
    capabilities: {
      transactions: true,
      upsert: true,
      aggregates: ['count'],
      routines: true,
      regexp: true,
      related: true,
    },
    introspect: () => Promise.resolve(emptyCatalog),
    execute: () => Promise.reject(new Error('Nothing is behind this pipeline')),
    close: () => Promise.resolve(),
  },
  maxRecords: 1000,
  timeoutMs: 1000,
}

/** A pipeline without anything behind it: it keeps the calls that it gets, and answers what the test says. */
export interface TestPipeline extends Pipeline {
  readonly calls: Call[]
  readonly refused: { readonly call: Omit<Call, 'signal'>; readonly failure: unknown }[]
  readonly answered: (call: Omit<Call, 'signal'>, rows: number) => Promise<void>
  readonly overviews: Omit<Call, 'signal'>[]
  /** What `execute` does; by default it answers the call itself as JSON. */
  answer: (call: Call) => Answer | Promise<Answer>
}

export function testPipeline(): TestPipeline {
  const own = operationsOf().filter((operation) => operation.surfaces.includes('rest') && !isHidden(operation))
  const offered = operationsOf()
  const pipeline: TestPipeline = {
    calls: [],
    refused: [],
    overviews: [],
    answer: ({ service, operation, input }) => ({ kind: 'json', value: { service, operation, input }, timing }),
    authenticate({ apiKey, bearer, basic }) {
      if (apiKey === 'good' || bearer === 'good') return principal
      if (basic?.user === 'ada' && basic.password === 'pass:word') return Promise.resolve(principal)
      throw new Failure('unauthenticated', 'Credentials are missing or bad', { hint: 'Send X-API-Key' })
    },
    services: () => [service],
    operations: (_principal, name) => (name === 'shop' ? own : []),
    offered: (name) => (name === 'shop' ? offered.filter((operation) => operation.surfaces.includes('rest')) : []),
    catalog: () => emptyCatalog,
    async execute(call) {
      pipeline.calls.push(call)
      const operation = offered.find((o) => o.name === call.operation)
      if (operation && isHidden(operation)) throw new Failure('forbidden', 'Your role does not allow this')
      return pipeline.answer(call)
    },
    async answered(call) {
      pipeline.overviews.push(call)
    },
    async refuse(call, failure) {
      pipeline.refused.push({ call: { ...call }, failure })
    },
  }
  return pipeline
}

/** The service has it, but this caller's role does not. */
function isHidden(operation: Operation): boolean {
  return operation.name === 'delete_records'
}
