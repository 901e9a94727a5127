import {
  type Answer,
  type AuditEvent,
  type Authority,
  type Call,
  type Connector,
  Failure,
  type JsonObject,
  type PermittedPlan,
  type Principal,
  type Result,
  type Service,
} from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { createPipeline } from './create-pipeline.js'
import type { PipelinePorts } from './pipeline-ports.js'
import { listOperation } from './testing/operation.js'
import { filterOn, insert, remove } from './testing/plans.js'
import { ada, grant, shop } from './testing/shop.js'
import { authorityOf, type Grants, serviceOf } from './testing/view.js'

const page: Result = { kind: 'page', format: 'json', text: '[{"id":1}]', rows: 1, more: true }

/** Writes down what reaches it. What real sources do is tested on real sources elsewhere. */
function recorder(answer: (plan: PermittedPlan) => Result | Promise<Result> = () => page) {
  const plans: PermittedPlan[] = []
  const connector: Connector = {
    ...serviceOf().connector,
    execute: async (plan) => {
      plans.push(plan)
      return answer(plan)
    },
  }
  return { connector, plans }
}

interface Setting {
  readonly grants?: Grants
  readonly service?: Partial<Service>
  readonly answer?: (plan: PermittedPlan) => Result | Promise<Result>
  readonly ports?: Partial<PipelinePorts>
}

const reading: Grants = {
  '_table/customers': [grant(['read'], { rows: 'region = {user.region}', mask: new Map([['email', 'partial']]) })],
}

function pipelineWith({ grants = reading, service = {}, answer, ports = {} }: Setting = {}) {
  const events: AuditEvent[] = []
  const logged: Failure[] = []
  const steps: string[] = []
  const { connector, plans } = recorder(answer)
  const shopService = { ...serviceOf(connector), ...service }
  const created = listOperation(['customers'], {
    name: 'create_records',
    effect: 'create',
    plan: () => insert('customers', [{ name: 'x' }]),
  })
  const pipeline = createPipeline({
    authenticator: {
      authenticate: ({ apiKey }) => {
        steps.push('authenticate')
        if (apiKey !== 'good') throw new Failure('unauthenticated', 'The key is not valid')
        return ada
      },
    },
    authority: authorityOf(grants),
    limiter: {
      consume: () => {
        steps.push('limit')
        return { limit: 10, remaining: 9, reset: 60 }
      },
    },
    trail: { writable: true, record: (event) => void events.push(event) },
    services: {
      find: (name) => (name === 'shop' ? shopService : undefined),
      all: () => [shopService],
      refresh: async () => ({ changed: true, tables: 4, routines: 2 }),
    },
    operationsOf: (_service, catalog) => [
      ...(catalog.tables.size > 0 ? [listOperation([...catalog.tables.keys()])] : []),
      ...(catalog.tables.get('customers')?.can.create ? [created] : []),
      ...(catalog.tables.get('customers')?.can.delete
        ? [
            {
              ...created,
              name: 'delete_records',
              effect: 'delete' as const,
              plan: () => remove('customers', { by: 'filter' }),
            },
          ]
        : []),
    ],
    specOf: () => ({}),
    log: (failure) => void logged.push(failure),
    ...ports,
  })
  return { pipeline, events, logged, plans, steps }
}

function call(input: JsonObject, more: Partial<Call> = {}): Call {
  return {
    surface: 'rest',
    credentials: { apiKey: 'good', address: '10.0.0.1' },
    service: 'shop',
    operation: 'get_table_data',
    input,
    requestId: 'r1',
    signal: new AbortController().signal,
    client: 'test',
    ...more,
  }
}

async function failing(answer: Promise<Answer>): Promise<Failure> {
  try {
    await answer
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown
    throw thrown
  }
  throw new Error('The call was answered')
}

describe('a call', () => {
  it('goes through every step and is written down', async () => {
    const { pipeline, events, plans, steps } = pipelineWith()
    const answer = await pipeline.execute(call({ table: 'customers', where: 'score > 1', limit: 5 }))
    expect(steps).toEqual(['authenticate', 'limit'])
    expect(plans).toHaveLength(1)
    expect(plans[0]).toMatchObject({
      kind: 'select',
      policy: filterOn('customers', "region = 'north'"),
      columns: [{ column: 'id' }, { column: 'email', views: [{ mask: 'partial' }] }],
    })
    expect(answer).toMatchObject({
      kind: 'records',
      text: '[{"id":1}]',
      meta: { next: 1 },
      limit: { limit: 10, remaining: 9 },
    })
    expect(answer.timing.auth).toBeGreaterThanOrEqual(0)
    expect(events).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        request_id: 'r1',
        tenant: 'default',
        principal: 'key:ada',
        client: 'test',
        address: '10.0.0.1',
        surface: 'rest',
        service: 'shop',
        operation: 'get_table_data',
        effect: 'read',
        resource: '_table/customers',
        arguments: { table_name: 'customers', filter: 'score > 1', limit: 5 },
        policy: 'region = {user.region}',
        fingerprint: expect.stringMatching(/^[\da-f]{16}$/),
        rows: 1,
        masked: ['email'],
        decision: 'allowed',
        status: 200,
        duration_ms: expect.any(Number),
      },
    ])
  })

  it('has the same fingerprint whatever its values', async () => {
    const { pipeline, events } = pipelineWith()
    for (const filter of ['score > 1', 'score > 2', 'score < 2']) {
      await pipeline.execute(call({ table_name: 'customers', filter }))
    }
    expect(events[0]?.fingerprint).toBe(events[1]?.fingerprint)
    expect(events[0]?.fingerprint).not.toBe(events[2]?.fingerprint)
  })

  it('is refused without credentials, and that is written down too', async () => {
    const { pipeline, events, plans } = pipelineWith()
    const failure = await failing(pipeline.execute(call({ table_name: 'customers' }, { credentials: {} })))
    expect(failure.code).toBe('unauthenticated')
    expect(plans).toEqual([])
    expect(events).toMatchObject([
      { principal: 'anonymous', decision: 'refused', status: 401, reason: 'unauthenticated: The key is not valid' },
    ])
  })

  it('waits for who answers later', async () => {
    const { pipeline } = pipelineWith({
      ports: { authenticator: { authenticate: async () => ada }, limiter: { consume: async () => undefined } },
    })
    const answer = await pipeline.execute(call({ table_name: 'customers' }))
    expect(answer.kind).toBe('records')
    expect('limit' in answer).toBe(false)
  })

  it('finds nothing that it may not see, in the words for what does not exist', async () => {
    const { pipeline, events, steps } = pipelineWith()
    const shapes: [Partial<Call>, string][] = [
      [{ service: 'other' }, 'There is no service `other`'],
      [{ operation: 'get_tabel_data' }, '`shop` has no operation `get_tabel_data`'],
      [{ input: { table_name: 'orders' } }, 'There is no table `orders` in `shop`'],
      [{ input: { table_name: 'nothing' } }, 'There is no table `nothing` in `shop`'],
      [{ operation: 'create_records', input: { table_name: 'orders' } }, 'There is no table `orders` in `shop`'],
    ]
    for (const [more, message] of shapes) {
      const failure = await failing(pipeline.execute(call({ table_name: 'customers' }, more)))
      expect(failure).toMatchObject({ code: 'not_found', message })
      expect(failure.hint).not.toMatch(/orders|tags/)
    }
    expect(steps).not.toContain('limit')
    expect(events.map(({ status, decision }) => [status, decision])).toEqual(shapes.map(() => [404, 'refused']))
    expect(events[4]).toMatchObject({ effect: 'create', resource: '_table/orders' })
  })

  it('is forbidden on what it may see and not change', async () => {
    const { pipeline } = pipelineWith()
    const failure = await failing(pipeline.execute(call({ table_name: 'customers' }, { operation: 'create_records' })))
    expect(failure).toMatchObject({ code: 'forbidden', hint: 'Here you may: read' })
    const two = pipelineWith({ grants: { ...reading, '_table/orders': [grant(['create', 'read'])] } })
    const other = await failing(two.pipeline.execute(call({ table_name: 'orders' }, { operation: 'create_records' })))
    expect(other.code).toBe('forbidden')
  })

  it('is not found on a service that no grant names', async () => {
    const { pipeline } = pipelineWith({ grants: {} })
    expect((await failing(pipeline.execute(call({ table_name: 'customers' })))).message).toBe(
      'There is no service `shop`',
    )
    expect(pipeline.services(ada, 'rest')).toEqual([])
    expect(() => pipeline.catalog(ada, 'shop', 'rest')).toThrow('There is no service `shop`')
  })

  it('is limited after it was found to be allowed, and before its input is read', async () => {
    const limited = new Failure('limited', 'Too many', { retryAfter: 3 })
    const { pipeline, events } = pipelineWith({
      ports: {
        limiter: {
          consume: () => {
            throw limited
          },
        },
      },
    })
    expect(await failing(pipeline.execute(call({ table_name: 'customers', limit: 'x' })))).toBe(limited)
    expect(events).toMatchObject([{ status: 429, decision: 'refused' }])
  })

  it('is refused for bad input before anything is planned', async () => {
    const { pipeline, plans } = pipelineWith()
    expect((await failing(pipeline.execute(call({ table_name: 'customers', limit: 'x' })))).code).toBe('invalid')
    expect((await failing(pipeline.execute(call({})))).code).toBe('invalid')
    expect((await failing(pipeline.execute(call({ table_name: ['customers'] })))).code).toBe('invalid')
    expect(plans).toEqual([])
  })

  it('is unavailable while the service is down, but not to who may not know of it', async () => {
    const { pipeline } = pipelineWith({ service: { state: 'down' } })
    expect(await failing(pipeline.execute(call({ table_name: 'customers' })))).toMatchObject({
      code: 'unavailable',
      retryAfter: 5,
    })
    const stranger = pipelineWith({ service: { state: 'down' }, grants: {} })
    expect((await failing(stranger.pipeline.execute(call({ table_name: 'customers' })))).code).toBe('not_found')
  })

  it('has its page within what the surface and the service allow', async () => {
    const { pipeline, plans } = pipelineWith({ service: { maxRecords: 50 } })
    await pipeline.execute(call({ table_name: 'customers' }))
    await pipeline.execute(call({ table_name: 'customers' }, { limits: { fallback: 20, most: 1000 } }))
    expect(plans).toMatchObject([{ limit: 50 }, { limit: 20 }])
  })

  it('is cancelled when its client has gone before it runs', async () => {
    const { pipeline, plans } = pipelineWith()
    const failure = await failing(pipeline.execute(call({ table_name: 'customers' }, { signal: AbortSignal.abort() })))
    expect(failure.code).toBe('cancelled')
    expect(plans).toEqual([])
  })

  it('tells a dry run without the row policy', async () => {
    const { pipeline } = pipelineWith({ answer: () => ({ kind: 'dry_run', estimate: { rows: 7, cost: 1.5 } }) })
    const answer = await pipeline.execute(call({ table_name: 'customers', filter: "name = 'x'", dry_run: true }))
    expect(answer).toMatchObject({
      kind: 'dry_run',
      value: {
        dry_run: true,
        operation: 'get_table_data',
        resource: '_table/customers',
        columns: ['id', 'email'],
        filter: 'name = ?',
      },
    })
    expect(JSON.stringify(answer)).not.toContain('region')
    expect(JSON.stringify(answer)).not.toContain('estimate')
    const all = pipelineWith({
      grants: { '_table/customers': [grant(['read'])] },
      answer: () => ({ kind: 'dry_run', estimate: { rows: 7, cost: 1.5 } }),
    })
    expect(await all.pipeline.execute(call({ table_name: 'customers', dry_run: true }))).toMatchObject({
      value: { estimate: { rows: 7, cost: 1.5 } },
    })
  })
})

describe('what goes wrong inside', () => {
  it('is hidden from the caller and logged with its cause', async () => {
    const cause = new Error('SELECT secret FROM host:5432')
    const { pipeline, events, logged } = pipelineWith({
      answer: () => {
        throw cause
      },
    })
    const failure = await failing(pipeline.execute(call({ table_name: 'customers' })))
    expect(failure.code).toBe('internal')
    expect(`${failure.message} ${failure.hint}`).not.toContain('secret')
    expect(JSON.stringify(events)).not.toContain('secret')
    expect(logged.map((each) => each.cause)).toEqual([cause])
    expect(events).toMatchObject([{ status: 500, decision: 'allowed' }])
  })

  it('names nothing that is hidden from the caller when the database refuses', async () => {
    const conflict = (columns: string[]) =>
      new Failure('conflict', 'A record with these values exists already', {
        hint: `Must be unique: ${columns.join(', ')}`,
        context: { columns },
      })
    const refusals = [
      conflict(['ssn']),
      conflict(['email']),
      new Failure('unprocessable', 'The check customers_ssn_check failed'),
      new Failure('conflict', 'Records of order_tags refer to it'),
      new Failure('conflict', 'Some records failed', {
        batch: { failed: [1], records: [{ id: 1 }, conflict(['name', 'ssn'])] },
      }),
    ]
    const grants = { '_table/customers': [grant(['read'], { deny: new Set(['ssn']) })] }
    const { pipeline } = pipelineWith({
      grants,
      answer: () => {
        throw refusals.shift()
      },
    })
    const answers: Failure[] = []
    for (const _ of [...refusals]) answers.push(await failing(pipeline.execute(call({ table_name: 'customers' }))))
    const [hidden, shown, check, table, batch] = answers
    expect(hidden).toMatchObject({ code: 'conflict', message: 'A record with these values exists already' })
    expect([hidden?.hint, hidden?.context]).toEqual([undefined, undefined])
    expect(shown).toMatchObject({ hint: 'Must be unique: email', context: { columns: ['email'] } })
    expect(check).toMatchObject({ code: 'unprocessable', message: 'The database refused the call' })
    expect(table).toMatchObject({ code: 'conflict', message: 'The database refused the call' })
    expect(batch?.batch?.records[0]).toEqual({ id: 1 })
    expect(batch?.batch?.records[1]).toMatchObject({ code: 'conflict' })
    expect(JSON.stringify(batch?.batch)).not.toContain('ssn')
  })

  it('refuses changes while the trail cannot be written, and goes on reading', async () => {
    const grants = { '_table/customers': [grant(['read', 'create'])] }
    const { pipeline, plans } = pipelineWith({ grants, ports: { trail: { writable: false, record: () => undefined } } })
    const failure = await failing(pipeline.execute(call({ table_name: 'customers' }, { operation: 'create_records' })))
    expect(failure.code).toBe('unavailable')
    expect(plans).toEqual([])
    await pipeline.execute(call({ table_name: 'customers' }))
    expect(plans).toHaveLength(1)
  })

  it('answers only after a trail that must be waited for has the event, also of a failure', async () => {
    const written: string[] = []
    const trail = {
      writable: true,
      record: async (event: AuditEvent) => {
        await Promise.resolve()
        written.push(event.decision)
      },
    }
    const { pipeline } = pipelineWith({ ports: { trail } })
    await pipeline.execute(call({ table_name: 'customers' }))
    expect(written).toEqual(['allowed'])
    await failing(pipeline.execute(call({ table_name: 'orders' })))
    expect(written).toEqual(['allowed', 'refused'])
  })

  it('does not pass off as written down what is not', async () => {
    const trail = { writable: true, record: () => Promise.reject(new Error('disk full')) }
    const { pipeline, logged } = pipelineWith({ ports: { trail } })
    expect((await failing(pipeline.execute(call({ table_name: 'customers' })))).code).toBe('unavailable')
    expect((await failing(pipeline.execute(call({ table_name: 'orders' })))).code).toBe('not_found')
    expect(logged).toHaveLength(2)
  })
})

describe('streams', () => {
  function streaming() {
    let sent = 0
    const result: Result = {
      kind: 'stream',
      mediaType: 'text/csv',
      chunks: (async function* () {
        for (const text of ['a', 'b', 'c']) {
          sent++
          yield Buffer.from(text)
        }
      })(),
      rows: () => sent,
    }
    return pipelineWith({ answer: () => result })
  }

  it('are written down when they end, with their rows', async () => {
    const { pipeline, events } = streaming()
    const answer = await pipeline.execute(call({ table_name: 'customers' }))
    expect(events).toEqual([])
    const texts: string[] = []
    if (answer.kind === 'stream') for await (const chunk of answer.chunks) texts.push(Buffer.from(chunk).toString())
    expect(texts).toEqual(['a', 'b', 'c'])
    expect(events).toMatchObject([{ rows: 3, status: 200 }])
  })

  it('are written down when they are abandoned', async () => {
    const { pipeline, events } = streaming()
    const answer = await pipeline.execute(call({ table_name: 'customers' }))
    if (answer.kind === 'stream') for await (const _ of answer.chunks) break
    expect(events).toMatchObject([{ rows: 1 }])
    const unread = streaming()
    const leaving = new AbortController()
    await unread.pipeline.execute(call({ table_name: 'customers' }, { signal: leaving.signal }))
    leaving.abort()
    expect(unread.events).toMatchObject([{ rows: 0, status: 499 }])
  })
})

describe('views', () => {
  it('stay the same while nothing changes, and follow the catalog and the roles', () => {
    const authority: { -readonly [K in keyof Authority]: Authority[K] } = authorityOf(reading)
    let service: Service = serviceOf()
    const services = {
      find: () => service,
      all: () => [service],
      refresh: async () => ({ changed: false, tables: 0, routines: 0 }),
    }
    const { pipeline } = pipelineWith({ ports: { authority, services } })
    const first = pipeline.operations(ada, 'shop', 'rest')
    const twin: Principal = { ...ada, id: 'key:twin' }
    expect(pipeline.operations(twin, 'shop', 'rest')).toBe(first)
    expect(pipeline.operations({ ...ada, scope: 'other' }, 'shop', 'rest')).not.toBe(first)
    service = { ...service, catalog: { ...shop, version: '2' } }
    const second = pipeline.operations(ada, 'shop', 'rest')
    expect(second).not.toBe(first)
    authority.version = 2
    expect(pipeline.operations(ada, 'shop', 'rest')).not.toBe(second)
  })

  it('offer every operation to the surfaces, whoever asks', () => {
    const { pipeline } = pipelineWith()
    expect(pipeline.operations(ada, 'shop', 'rest').map(({ name }) => name)).toEqual(['get_table_data'])
    expect(pipeline.offered('shop', 'rest').map(({ name }) => name)).toEqual([
      'get_table_data',
      'create_records',
      'delete_records',
    ])
    expect(pipeline.offered('other', 'rest')).toEqual([])
  })
})

describe('calls that a surface refuses or answers by itself', () => {
  it('are written down', async () => {
    const { pipeline, events } = pipelineWith()
    await pipeline.refuse(
      call({ a: 1 }, { service: '', operation: 'nothing' }),
      new Failure('not_found', 'No such tool'),
    )
    await pipeline.refuse(call({}, { credentials: {} }), new Failure('unauthenticated', 'No key'))
    await pipeline.answered(call({}, { service: '', operation: 'list_apis' }), 3)
    expect(events).toMatchObject([
      { principal: 'key:ada', operation: 'nothing', decision: 'refused', status: 404, arguments: { a: 1 } },
      { principal: 'anonymous', status: 401 },
      { operation: 'list_apis', decision: 'allowed', rows: 3, status: 200 },
    ])
  })
})
