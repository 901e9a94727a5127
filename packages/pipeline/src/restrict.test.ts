import { type Connector, Failure, type Plan } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { restrict } from './restrict.js'
import { aggregate, columns, filterOn, insert, remove, row, select, update } from './testing/plans.js'
import { ada, grant, report, shop } from './testing/shop.js'
import { type Grants, restrictionOf, viewOf } from './testing/view.js'

const own = 'region = {user.region}'
const north = filterOn('customers', "region = 'north'")

function restricted<P extends Plan>(plan: P, grants: Grants, principal = ada): P {
  // The kind of a plan is kept by restriction.
  return restrict(plan, restrictionOf(grants, principal)) as unknown as P
}

function refused(plan: Plan, grants: Grants, principal = ada): Failure {
  try {
    restrict(plan, restrictionOf(grants, principal))
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown
    throw thrown
  }
  throw new Error('The plan was allowed')
}

const customers = (...grants: Grants[string]): Grants => ({ '_table/customers': grants })

describe('what reads may see', () => {
  it('leaves the projection alone where all is plain', () => {
    const plan = select('customers')
    expect(restricted(plan, customers(grant(['read']))).columns).toBe(plan.columns)
  })

  it('puts the row policy on as a node of its own, with the attributes as values', () => {
    const plan = restricted(
      select('customers', { filter: filterOn('customers', 'score > 1') }),
      customers(grant(['read'], { rows: own })),
    )
    expect(plan.policy).toEqual(north)
    expect(plan.filter).toEqual(filterOn('customers', 'score > 1'))
  })

  it('believes nothing that the plan says of policies and views', () => {
    const forged = select('customers', {
      policy: { kind: 'constant', value: true },
      columns: [{ name: 'email', column: 'email', views: [{}] }],
    })
    const plan = restricted(forged, customers(grant(['read'], { rows: own, mask: new Map([['email', 'partial']]) })))
    expect(plan.policy).toEqual(north)
    expect(plan.columns).toEqual([{ name: 'email', column: 'email', views: [{ mask: 'partial' }] }])
    expect(restricted(forged, customers(grant(['read']))).policy).toBeUndefined()
    expect(restricted(forged, customers(grant(['read']))).columns).toEqual(columns('email'))
  })

  it('unites grants: each row that one allows, each cell as the best grant of its row shows it', () => {
    const masked = grant(['read'], { rows: own, mask: new Map([['email', 'partial']]) })
    const plain = grant(['read'], { rows: 'score > 5' })
    const plan = restricted(select('customers', { columns: columns('id', 'email') }), customers(masked, plain))
    const high = filterOn('customers', 'score > 5')
    expect(plan.policy).toEqual({ kind: 'or', filters: [north, high] })
    expect(plan.columns).toEqual([
      { name: 'id', column: 'id' },
      { name: 'email', column: 'email', views: [{ when: high }, { when: north, mask: 'partial' }] },
    ])
  })

  it('has no policy where one of the grants allows every row', () => {
    expect(
      restricted(select('customers'), customers(grant(['read'], { rows: own }), grant(['read']))).policy,
    ).toBeUndefined()
  })

  it('counts only grants under which a filter can be asked', () => {
    const blind = grant(['read'], { deny: new Set(['email']) })
    const seeing = grant(['read'], { rows: own })
    const filter = filterOn('customers', "email = 'a@b.c'")
    expect(restricted(select('customers', { filter }), customers(blind, seeing)).policy).toEqual(north)
  })

  it('gives the same question the same projection, for each caller by itself', () => {
    const grants = customers(
      grant(['read'], { rows: own }),
      grant(['read'], { rows: 'score > 5', deny: new Set(['email']) }),
    )
    const restriction = restrictionOf(grants)
    const plan = select('customers', { columns: columns('email') })
    const once = restrict(plan, restriction)
    const twice = restrict({ ...plan }, { ...restriction, notes: {} })
    const other = restrict(plan, { ...restriction, principal: { ...ada, attributes: { region: 'south' } } })
    const columnsIn = (p: Plan) => (p.kind === 'select' ? p.columns : [])
    expect(columnsIn(twice)).toBe(columnsIn(once))
    expect(JSON.stringify(columnsIn(once))).toContain('north')
    expect(JSON.stringify(columnsIn(other))).not.toContain('north')
  })

  it('refuses a masked column in filter, order, group and aggregate, and a hidden one as if it did not exist', () => {
    const grants = customers(grant(['read'], { mask: new Map([['email', 'partial']]), deny: new Set(['ssn']) }))
    const order = (column: string) => ({
      order: [{ path: { column, keys: [], type: 'text' as const }, descending: false, nulls: 'last' as const }],
    })
    const asked = (column: string) => [
      select('customers', { filter: filterOn('customers', `score = 1 or not (${column} = 'x')`) }),
      select('customers', { after: filterOn('customers', `${column} = 'x'`) }),
      select('customers', order(column)),
      aggregate('customers', { filter: filterOn('customers', `${column} is null`) }),
      aggregate('customers', { groups: [{ name: 'g', column }] }),
      aggregate('customers', { aggregates: [{ name: 'm', function: 'max', column, distinct: false }] }),
    ]
    for (const plan of asked('email')) {
      expect(refused(plan, grants)).toMatchObject({
        code: 'invalid',
        message: 'Column `email` is masked for you and cannot be filtered, ordered, grouped or aggregated on',
      })
    }
    for (const plan of asked('ssn')) {
      const failure = refused(plan, grants)
      expect(failure.code).toBe('invalid')
      expect(failure.message).toBe('Unknown column `ssn` of `customers`')
      expect(failure.hint).not.toContain('ssn')
    }
    expect(refused(select('customers', { columns: columns('ssn') }), grants).message).toBe(
      'Unknown column `ssn` of `customers`',
    )
  })

  it('says so where each column is visible and no grant shows them together', () => {
    const grants = customers(
      grant(['read'], { deny: new Set(['email']) }),
      grant(['read'], { deny: new Set(['score']) }),
    )
    const failure = refused(select('customers', { filter: filterOn('customers', "email = 'x' and score > 1") }), grants)
    expect(failure).toMatchObject({ code: 'forbidden', hint: 'Use fewer columns in one call' })
  })

  it('lets conditions on groups name results alone', () => {
    const having = filterOn('customers', "ssn = '1'")
    expect(refused(aggregate('customers', { having }), customers(grant(['read']))).message).toBe(
      '`ssn` is not one of the results',
    )
  })

  it('lowers limits and time to the widest grant, and says what was cut', () => {
    const grants = customers(
      grant(['read'], { maxRows: 10, timeoutMs: 500 }),
      grant(['read'], { maxRows: 20, timeoutMs: 90_000 }),
    )
    expect(restricted(select('customers'), grants)).toMatchObject({
      limit: 20,
      cut: { asked: 100, allowed: 20 },
      timeoutMs: 30_000,
    })
    expect(restricted(select('customers', { limit: 7 }), grants)).toMatchObject({ limit: 7 })
    expect(restricted(aggregate('customers'), grants).limit).toBe(20)
    const unlimited = restricted(select('customers'), customers(grant(['read'], { maxRows: 10 }), grant(['read'])))
    expect(unlimited.limit).toBe(100)
    expect(unlimited.timeoutMs).toBeUndefined()
  })
})

describe('counts', () => {
  it('are estimated from statistics only for who sees every row', () => {
    const counted = select('customers', { count: 'estimated' })
    expect(restricted(counted, customers(grant(['read']))).count).toBe('estimated')
    expect(restricted(counted, customers(grant(['read'], { rows: own }))).count).toBe('exact')
  })
})

describe('row policies', () => {
  const reading = (rows: string) => customers(grant(['read'], { rows }))

  it('fails closed without the attribute that it needs', () => {
    const nobody = { ...ada, attributes: {} }
    expect(refused(select('customers'), reading(own), nobody)).toMatchObject({
      code: 'forbidden',
      message: 'Your access depends on the attribute `region`, which you do not have',
    })
    expect(refused(select('customers'), reading(own), { ...ada, attributes: { region: null } }).code).toBe('forbidden')
    expect(refused(select('customers'), reading('region = {user.constructor}'), ada).code).toBe('forbidden')
    expect(refused(select('customers'), reading('score = {user.region}'), ada).code).toBe('forbidden')
    expect(refused(select('customers'), reading('region = {user.regions}'), ada).code).toBe('forbidden')
  })

  it('fails closed where it does not parse, and tells the caller nothing of it', () => {
    const failure = refused(select('customers'), reading('secret_column = 1'))
    expect(failure).toMatchObject({ code: 'not_found', message: 'There is no table `customers` in `shop`' })
    expect(`${failure.message} ${failure.hint}`).not.toContain('secret')
    expect(refused(select('customers'), customers(grant(['read'], { rows: 'oops' }), grant(['read']))).code).toBe(
      'not_found',
    )
    const writing = customers(grant(['update'], { rows: 'oops' }), grant(['read', 'update']))
    expect(viewOf(writing).catalog.tables.get('customers')?.can).toMatchObject({ read: true, update: false })
  })

  it('takes lists into IN, and an empty one matches nothing', () => {
    const policy = (rows: string) => restricted(select('customers'), reading(rows)).policy
    expect(policy('region in ({user.regions})')).toEqual(filterOn('customers', "region in ('north','south')"))
    expect(policy('region in ({user.none})')).toEqual({ kind: 'constant', value: false })
  })

  it('may name columns that the caller does not see', () => {
    const hidden = customers(grant(['read'], { rows: own, deny: new Set(['region']) }))
    expect(restricted(select('customers'), hidden).policy).toEqual(north)
  })
})

describe('related tables', () => {
  const grants: Grants = {
    '_table/orders': [grant(['read'])],
    '_table/customers': [grant(['read'], { rows: own, mask: new Map([['email', 'hash']]), maxRows: 3 })],
    '_table/tags': [grant(['read'], { rows: "label != 'internal'" })],
    '_table/order_tags': [grant(['read'], { rows: 'tag_id < 100' })],
  }
  const visible = filterOn('tags', "label != 'internal'")
  const between = filterOn('order_tags', 'tag_id < 100')
  const nested = { order: [], limit: 100, related: [] }

  it('have their own policies in a filter, the junction too', () => {
    const filter = filterOn('orders', "customers_by_customer_id.score > 1 and not (tags_by_order_tags.label = 'x')")
    expect(restricted(select('orders', { filter }), grants).filter).toEqual({
      kind: 'and',
      filters: [
        {
          kind: 'related',
          relationship: 'customers_by_customer_id',
          filter: filterOn('customers', 'score > 1'),
          policy: north,
        },
        {
          kind: 'not',
          filter: {
            kind: 'related',
            relationship: 'tags_by_order_tags',
            filter: filterOn('tags', "label = 'x'"),
            policy: visible,
            junctionPolicy: between,
          },
        },
      ],
    })
  })

  it('have their own policies, columns and limits where they are nested', () => {
    const related = [
      { relationship: 'customers_by_customer_id', table: 'customers', columns: columns('id', 'email'), ...nested },
      { relationship: 'tags_by_order_tags', table: 'tags', columns: columns('label'), ...nested },
    ]
    expect(restricted(select('orders', { related }), grants).related).toEqual([
      {
        ...related[0],
        limit: 3,
        policy: north,
        columns: [...columns('id'), { name: 'email', column: 'email', views: [{ mask: 'hash' }] }],
      },
      { ...related[1], policy: visible, junctionPolicy: between },
    ])
  })

  it('are said to be limited where a grant allows fewer than was asked for', () => {
    const few: Grants = { '_table/customers': [grant(['read'])], '_table/orders': [grant(['read'], { maxRows: 2 })] }
    const limitsOf = (limit: number) => {
      const orders = {
        relationship: 'orders_by_customer_id',
        table: 'orders',
        columns: columns('id'),
        ...nested,
        limit,
      }
      const [own] = restricted(select('customers', { related: [orders] }), few).related
      return { limit: own?.limit, limited: own?.limited }
    }
    expect(limitsOf(5)).toEqual({ limit: 2, limited: true })
    expect(limitsOf(1)).toEqual({ limit: 1, limited: undefined })
  })

  it('cannot be asked by what is masked or hidden there', () => {
    const asking = (text: string) => refused(select('orders', { filter: filterOn('orders', text) }), grants)
    expect(asking("customers_by_customer_id.email = 'x'").message).toContain('`email` is masked for you')
    const blind = { ...grants, '_table/customers': [grant(['read'], { deny: new Set(['ssn']) })] }
    const filter = filterOn('orders', "customers_by_customer_id.ssn = 'x'")
    expect(refused(select('orders', { filter }), blind).message).toBe('Unknown column `ssn` of `customers`')
  })

  it('are reached only under grants that show the columns which link them', () => {
    const related = [
      { relationship: 'customers_by_customer_id', table: 'customers', columns: columns('name'), ...nested },
    ]
    const filter = filterOn('orders', 'customers_by_customer_id.score > 1')
    const unlinked = grant(['read'], { deny: new Set(['customer_id']) })
    const parents = { ...grants, '_table/orders': [unlinked, grant(['read'], { rows: 'total > 5' })] }
    const dear = filterOn('orders', 'total > 5')
    expect(restricted(select('orders', { related }), parents).policy).toEqual(dear)
    expect(restricted(select('orders', { filter }), parents).policy).toEqual(dear)
    const nameless = grant(['read'], { deny: new Set(['id']) })
    const others = { ...grants, '_table/customers': [nameless, grant(['read'], { rows: own })] }
    expect(restricted(select('orders', { related }), others).related[0]?.policy).toEqual(north)
    expect(restricted(select('orders', { filter }), others).filter).toMatchObject({ policy: north })
  })

  it('do not exist for who cannot read them or what links them', () => {
    const filter = filterOn('orders', 'tags_by_order_tags.id = 1')
    const without = (more: Grants) => refused(select('orders', { filter }), { ...grants, ...more }).message
    expect(without({ '_table/tags': [] })).toBe('Unknown relationship `tags_by_order_tags` of `orders`')
    expect(without({ '_table/order_tags': [] })).toBe('Unknown relationship `tags_by_order_tags` of `orders`')
    expect(without({ '_table/order_tags': [grant(['read'], { mask: new Map([['tag_id', 'null']]) })] })).toBe(
      'Unknown relationship `tags_by_order_tags` of `orders`',
    )
  })
})

describe('what writes may change', () => {
  it('puts the policy on new and changed rows as a check', () => {
    const grants = customers(grant(['read', 'create', 'update', 'delete'], { rows: own }))
    const made = restricted(insert('customers', [{ name: 'x', region: 'north' }]), grants)
    expect(made.check).toEqual(north)
    expect(made.policy).toBeUndefined()
    const changed = restricted(update('customers', [{ by: 'key', key: [1], set: row({ name: 'y' }) }]), grants)
    expect([changed.policy, changed.check]).toEqual([north, north])
    const gone = restricted(remove('customers', { by: 'key', keys: [[1]] }), grants)
    expect([gone.policy, gone.check]).toEqual([north, undefined])
  })

  it('guards the row that an upsert overwrites by the update grants', () => {
    const making = grant(['create'], { rows: 'score < 10' })
    const changing = grant(['update'], { rows: own })
    const plan = insert('customers', [{ id: 1, name: 'x' }], { upsert: true })
    const low = filterOn('customers', 'score < 10')
    const made = restricted(plan, customers(making, changing))
    expect(made.policy).toEqual(north)
    expect(made.check).toEqual({ kind: 'and', filters: [low, north] })
    expect(refused(plan, customers(making)).code).toBe('forbidden')
  })

  it('refuses columns that are hidden or masked', () => {
    const grants = customers(
      grant(['read', 'create', 'update'], { deny: new Set(['ssn']), mask: new Map([['email', 'partial']]) }),
    )
    expect(refused(insert('customers', [{ name: 'x' }, { ssn: '1' }]), grants).message).toBe(
      'Unknown column `ssn` of `customers`',
    )
    expect(refused(insert('customers', [{ name: 'x', email: 'e' }]), grants).code).toBe('forbidden')
    const set = row({ email: 'e' })
    expect(refused(update('customers', [{ by: 'key', key: [1], set }]), grants).code).toBe('forbidden')
  })

  it('leaves alone on replace what the caller may not write', () => {
    const grants = customers(grant(['read', 'update'], { mask: new Map([['email', 'partial']]) }))
    const plan = update('customers', [{ by: 'key', key: [1], set: row({ name: 'y' }) }], { reset: ['email', 'score'] })
    expect(restricted(plan, grants).reset).toEqual(['score'])
  })

  it('chooses rows only by what the caller can read, among the rows that it can read', () => {
    const filter = filterOn('customers', 'score > 3')
    const plan = update('customers', [{ by: 'filter', filter, set: row({ name: 'y' }) }])
    const reading = grant(['read'], { rows: own })
    expect(restricted(plan, customers(grant(['update']), reading)).policy).toEqual(north)
    expect(refused(plan, customers(grant(['update']))).code).toBe('forbidden')
    expect(refused(plan, customers(grant(['update']), grant(['read'], { deny: new Set(['score']) }))).code).toBe(
      'invalid',
    )
    expect(refused(remove('customers', { by: 'filter', filter }), customers(grant(['delete']))).code).toBe('forbidden')
    const byEmail = remove('customers', { by: 'key', keys: [['x']] }, { keyColumns: ['email'] })
    expect(refused(byEmail, customers(grant(['delete']))).code).toBe('forbidden')
  })

  it('answers who may not read only the keys that it gave or made', () => {
    const grants = customers(grant(['create', 'update']))
    const all = columns('id', 'name')
    const nothing = { name: 'name', column: 'name', views: [{ mask: 'null' }] }
    const made = restricted(insert('customers', [{ name: 'x' }], { returning: all }), grants)
    expect(made.returning).toEqual([all[0], nothing])
    const everyone = update('customers', [{ by: 'filter', set: row({ name: 'y' }) }], { returning: all })
    expect(restricted(everyone, grants).returning).toEqual([
      { name: 'id', column: 'id', views: [{ mask: 'null' }] },
      nothing,
    ])
  })

  it('masks what it answers, and shows a row that cannot be read as nulls', () => {
    const grants = customers(grant(['read'], { rows: own, mask: new Map([['email', 'partial']]) }), grant(['create']))
    const made = restricted(insert('customers', [{ name: 'x' }], { returning: columns('id', 'name', 'email') }), grants)
    expect(made.returning).toEqual([
      ...columns('id'),
      { name: 'name', column: 'name', views: [{ when: north }] },
      { name: 'email', column: 'email', views: [{ when: north, mask: 'partial' }] },
    ])
  })

  it('keeps a write within the rows that the grants allow', () => {
    const grants = customers(grant(['read', 'create', 'update', 'delete'], { maxRows: 2 }))
    const three = [{ name: 'a' }, { name: 'b' }, { name: 'c' }]
    expect(refused(insert('customers', three), grants).code).toBe('too_large')
    expect(refused(remove('customers', { by: 'key', keys: [[1], [2], [3]] }), grants).code).toBe('too_large')
    expect(restricted(remove('customers', { by: 'filter' }), grants).maxAffected).toBe(2)
    expect(restricted(remove('customers', { by: 'filter' }, { maxAffected: 1 }), grants).maxAffected).toBe(1)
  })

  it('compares an entity tag with the record as the caller reads it', () => {
    const grants = customers(grant(['read'], { rows: own, mask: new Map([['email', 'partial']]) }), grant(['update']))
    const precondition = { etag: 'abc', columns: columns('id', 'email') }
    const plan = restricted(
      update('customers', [{ by: 'key', key: [1], set: row({ name: 'y' }) }], { precondition }),
      grants,
    )
    expect(plan.precondition?.columns[1]?.views).toEqual([{ mask: 'partial' }])
    expect(plan.policy).toEqual(north)
  })

  it('needs the verb', () => {
    const grants = customers(grant(['read']))
    expect(refused(insert('customers', [{ name: 'x' }]), grants)).toMatchObject({ code: 'forbidden' })
    expect(refused(remove('customers', { by: 'filter' }), grants)).toMatchObject({ code: 'forbidden' })
    expect(refused(select('customers'), customers(grant(['create'])))).toMatchObject({ code: 'forbidden' })
  })
})

describe('everything else', () => {
  it('does not know a table that the caller may not see', () => {
    const hidden = refused(select('orders'), customers(grant(['read'])))
    const missing = refused(select('oders'), customers(grant(['read'])))
    expect(hidden.code).toBe('not_found')
    expect(hidden.message.replace('orders', 'oders')).toBe(missing.message)
    expect(hidden.hint).toBe('Tables: customers')
  })

  it('runs routines that are granted by name, within their grants', () => {
    const call = { kind: 'call', routine: report, values: new Map(), limit: 100, numbers: 'number' } as const
    const grants = { '_proc/monthly_report': [grant(['execute'], { maxRows: 5 })] }
    expect(restricted(call, grants).limit).toBe(5)
    const [secret] = shop.routines.get('secret_report') ?? []
    expect(secret && refused({ ...call, routine: secret }, grants).code).toBe('not_found')
    expect(refused({ ...call, routine: { ...report } }, grants).code).toBe('not_found')
  })

  it('lets the system service alone act on Gatehouse', () => {
    const plan = { kind: 'control', action: 'refresh_service', service: 'shop' } as const
    expect(refused(plan, customers(grant(['read']))).code).toBe('forbidden')
  })
})

// Never called: it holds what must not compile.
export function unrestricted(connector: Connector): void {
  const context = { signal: new AbortController().signal, requestId: '', identity: ada }
  // @ts-expect-error a plan that `restrict` has not made reaches no connector
  connector.execute(select('customers'), context)
  // @ts-expect-error neither does one that was changed after it was made
  connector.execute({ ...select('customers'), policy: { kind: 'constant', value: true } }, context)
}
