import type {
  AggregateFunction,
  Catalog,
  Column,
  CompareOp,
  DataPlan,
  DateBucket,
  Filter,
  FilterValue,
  Mask,
  MatchOp,
  OrderTerm,
  Path,
  Permitted,
  Projection,
  RelatedPlan,
  Row,
  Scalar,
  ScalarType,
  SelectPlan,
  Table,
} from '@gatehouse/core'

/** A plan with a name that says what it is for. */
export interface NamedPlan {
  readonly name: string
  readonly plan: Permitted<DataPlan>
}

/** What the plans are made for. */
export interface PlanMatrix {
  readonly catalog: Catalog
  /** The table whose columns stand for all types; its relationships are of every kind. */
  readonly table: string
  readonly aggregates: readonly AggregateFunction[]
  readonly regexp: boolean
}

/**
 * One plan for everything that a SQL connector can be asked: each operator with each type, orders and pages, related
 * records of each kind, masks and policies, aggregates, and writes of every form. They are made here and not by
 * `restrict`, which is why they are called permitted.
 */
export function everyPlan(matrix: PlanMatrix): NamedPlan[] {
  const made = [filters, pages, projections, relations, groups, writes].flatMap((family) => [...family(matrix)])
  return made.map(({ name, plan }) => ({ name, plan: plan as Permitted<DataPlan> }))
}

interface Made {
  readonly name: string
  readonly plan: DataPlan
}

function tableOf({ catalog }: PlanMatrix, name: string): Table {
  const table = catalog.tables.get(name)
  if (!table) throw new Error(`The matrix has no table ${name}`)
  return table
}

/** A value of the type as plans hold it. */
function sampleOf(type: ScalarType): Scalar {
  switch (type) {
    case 'boolean':
      return true
    case 'integer':
      return 7
    case 'bigint':
      return 9007199254740993n
    case 'decimal':
      return '12.50'
    case 'float':
      return 0.1
    case 'uuid':
      return '0f8fad5b-d9cb-469f-a165-70867728950e'
    case 'date':
      return '2024-02-29'
    case 'time':
      return '23:59:58.5'
    case 'datetime':
      return '2026-01-31T13:59:59.5'
    case 'datetimetz':
      return '2026-01-31T11:59:59.123456Z'
    case 'binary':
      return new Uint8Array([0, 1, 255])
    case 'json':
    case 'array':
      return '[1]'
    case 'text':
    case 'interval':
    case 'other':
      return "it's 100% _[a]\\"
    default:
      return type satisfies never
  }
}

const literal = (value: Scalar): FilterValue => ({ kind: 'literal', value })
const pathOf = (column: Column, keys: Path['keys'] = [], type: ScalarType = column.type): Path => ({
  column: column.name,
  keys,
  type,
})
const comparing = (column: Column, op: CompareOp = '='): Filter => ({
  kind: 'compare',
  path: pathOf(column),
  op,
  value: literal(sampleOf(column.type)),
})
const all = (table: Table): Projection[] => [...table.columns.keys()].map((name) => ({ name, column: name }))
const ordered = (table: Table, ...names: string[]): OrderTerm[] =>
  names.map((name) => ({ path: pathOf(columnIn(table, name)), descending: false, nulls: 'last' }))

function columnIn(table: Table, name: string): Column {
  const column = table.columns.get(name)
  if (!column) throw new Error(`${table.name} has no column ${name}`)
  return column
}

function selecting(table: Table, more: Partial<SelectPlan> = {}): SelectPlan {
  return {
    kind: 'select',
    table: table.name,
    shape: 'page',
    columns: table.primaryKey.map((name) => ({ name, column: name })),
    order: ordered(table, ...table.primaryKey),
    limit: 10,
    offset: 0,
    keyset: false,
    related: [],
    count: 'none',
    format: 'json',
    stream: false,
    numbers: 'number',
    etag: false,
    ...more,
  }
}

const compareOps: readonly CompareOp[] = ['=', '!=', '<', '<=', '>', '>=']
const matchOps: readonly MatchOp[] = ['like', 'ilike', 'contains', 'starts_with', 'ends_with', 'regexp']
const units = ['second', 'minute', 'hour', 'day', 'week', 'month', 'year'] as const

function* conditionsOn(column: Column, regexp: boolean): Generator<readonly [string, Filter]> {
  const path = pathOf(column)
  const value = literal(sampleOf(column.type))
  for (const op of compareOps) yield [op, { kind: 'compare', path, op, value }]
  for (const negated of [false, true]) {
    const not = negated ? 'not ' : ''
    yield [`is ${not}null`, { kind: 'null', path, negated }]
    yield [`${not}between`, { kind: 'between', path, low: value, high: value, negated }]
    for (const length of [1, 3])
      yield [`${not}in ${length}`, { kind: 'in', path, values: Array(length).fill(value), negated }]
    for (const op of matchOps) {
      if (op === 'regexp' && !regexp) continue
      yield [`${not}${op}`, { kind: 'match', path, op, value: literal('a[%_\\%'), negated }]
    }
  }
  if (!['date', 'time', 'datetime', 'datetimetz'].includes(column.type)) return
  for (const base of ['now', 'today'] as const) {
    yield [`${base}()`, { kind: 'compare', path, op: '<', value: { kind: 'clock', base } }]
    for (const unit of units) {
      const offset = { amount: unit === 'day' ? -30 : 2, unit }
      yield [`${base}() and ${unit}s`, { kind: 'compare', path, op: '>=', value: { kind: 'clock', base, offset } }]
    }
  }
}

function* jsonConditions(column: Column): Generator<readonly [string, Filter]> {
  const types: readonly ScalarType[] = ['text', 'boolean', 'decimal', 'float', 'integer', 'bigint']
  for (const keys of [['a'], ['a', 1, `it's "odd"`], [0]]) {
    for (const type of types) {
      const path = pathOf(column, keys, type)
      yield [`->${keys.join('->')} ${type}`, { kind: 'compare', path, op: '>', value: literal(sampleOf(type)) }]
      yield [`->${keys.join('->')} ${type} is null`, { kind: 'null', path, negated: false }]
      yield [`->${keys.join('->')} ${type} in`, { kind: 'in', path, values: [literal(sampleOf(type))], negated: false }]
    }
  }
}

function* filters(matrix: PlanMatrix): Generator<Made> {
  const table = tableOf(matrix, matrix.table)
  const columns = [...table.columns.values()]
  for (const column of columns) {
    for (const [name, filter] of conditionsOn(column, matrix.regexp)) {
      yield { name: `filter ${column.name} ${name}`, plan: selecting(table, { filter }) }
    }
    if (column.type !== 'json') continue
    for (const [name, filter] of jsonConditions(column)) {
      yield { name: `filter ${column.name} ${name}`, plan: selecting(table, { filter }) }
    }
  }
  const some = columns.slice(0, 3).map((column) => comparing(column))
  const logic: readonly (readonly [string, Filter])[] = [
    ['and', { kind: 'and', filters: some }],
    ['or', { kind: 'or', filters: some }],
    ['and of none', { kind: 'and', filters: [] }],
    ['or of none', { kind: 'or', filters: [] }],
    ['not', { kind: 'not', filter: { kind: 'or', filters: some } }],
    ['true', { kind: 'constant', value: true }],
    ['not false', { kind: 'not', filter: { kind: 'constant', value: false } }],
  ]
  for (const [name, filter] of logic)
    yield { name: `filter ${name}`, plan: selecting(table, { filter, policy: filter }) }
  for (const { name } of table.relationships.values()) {
    for (const [what, filter] of relatedFilters(matrix, table, name)) {
      yield { name: `filter ${name} ${what}`, plan: selecting(table, { filter, policy: filter, count: 'exact' }) }
    }
  }
}

/** At least one related row, plain, nested, and with policies of its own. */
function relatedFilters(matrix: PlanMatrix, table: Table, name: string): readonly (readonly [string, Filter])[] {
  const relationship = table.relationships.get(name)
  if (!relationship) return []
  const other = tableOf(matrix, relationship.table)
  const [key] = [...other.columns.values()]
  if (!key) return []
  const inner = comparing(key)
  const junction = relationship.junction && tableOf(matrix, relationship.junction.table)
  const [between] = junction ? [...junction.columns.values()] : []
  const policies = { policy: inner, ...(between ? { junctionPolicy: comparing(between) } : {}) }
  const [back] = [...other.relationships.values()].filter((one) => one.table === table.name)
  const found: (readonly [string, Filter])[] = [
    ['any', { kind: 'related', relationship: name, filter: inner }],
    ['with policies', { kind: 'related', relationship: name, filter: inner, ...policies }],
    ['none', { kind: 'not', filter: { kind: 'related', relationship: name, filter: inner } }],
  ]
  const own = [...table.columns.values()][0]
  if (back && own) {
    const nested: Filter = { kind: 'related', relationship: back.name, filter: comparing(own) }
    found.push(['nested', { kind: 'related', relationship: name, filter: nested }])
  }
  return found
}

function* pages(matrix: PlanMatrix): Generator<Made> {
  const table = tableOf(matrix, matrix.table)
  const [key] = [...table.columns.values()]
  for (const column of table.columns.values()) {
    for (const descending of [false, true]) {
      for (const nulls of ['first', 'last'] as const) {
        const order: OrderTerm[] = [{ path: pathOf(column), descending, nulls }, ...ordered(table, ...table.primaryKey)]
        yield { name: `order ${column.name} ${descending} ${nulls}`, plan: selecting(table, { order, keyset: true }) }
      }
    }
    if (column.type !== 'json') continue
    const order: OrderTerm[] = [{ path: pathOf(column, ['a', 'b'], 'text'), descending: true, nulls: 'last' }]
    yield { name: `order ${column.name} path`, plan: selecting(table, { order }) }
  }
  if (!key) return
  const after: Filter = {
    kind: 'or',
    filters: [
      comparing(key, '>'),
      { kind: 'and', filters: [comparing(key), { kind: 'null', path: pathOf(key), negated: true }] },
    ],
  }
  const endless = Number.MAX_SAFE_INTEGER
  const asked: readonly (readonly [string, Partial<SelectPlan>])[] = [
    ['first page', {}],
    ['page without order', { order: [] }],
    ['page twice by the same', { order: [...ordered(table, key.name), ...ordered(table, key.name)] }],
    ['offset', { offset: 20 }],
    ['offset without order', { offset: 20, order: [] }],
    ['cursor', { keyset: true, after }],
    ['one', { shape: 'one', limit: 1, filter: comparing(key), etag: true }],
    ['stream', { stream: true, limit: 100, format: 'ndjson' }],
    ['endless stream', { stream: true, limit: endless, format: 'csv', order: [] }],
    ['endless stream with an offset', { stream: true, limit: endless, offset: 5, format: 'csv' }],
    ['exact count', { count: 'exact' }],
    ['estimated count', { count: 'estimated', filter: comparing(key) }],
    ['count only', { count: 'only', filter: comparing(key) }],
    ['dry run', { dryRun: true, filter: comparing(key) }],
    ['table', { format: 'table', columns: all(table) }],
    ['no columns', { columns: [] }],
  ]
  for (const [name, more] of asked) yield { name, plan: selecting(table, more) }
  for (const other of matrix.catalog.tables.values()) {
    yield { name: `all of ${other.name}`, plan: selecting(other, { columns: all(other) }) }
  }
}

const masks: readonly Mask[] = ['null', 'redact', 'hash', 'partial', 'last4']

function* projections(matrix: PlanMatrix): Generator<Made> {
  const table = tableOf(matrix, matrix.table)
  const [key] = [...table.columns.values()]
  if (!key) return
  for (const numbers of ['number', 'string'] as const) {
    yield { name: `all columns, ${numbers}`, plan: selecting(table, { columns: all(table), numbers }) }
  }
  for (const column of table.columns.values()) {
    const seen = (name: string, views: Projection['views'] & object): Made => ({
      name: `mask ${name} ${column.name}`,
      plan: selecting(table, { columns: [{ name: 'shown', column: column.name, views }] }),
    })
    for (const mask of masks) {
      yield seen(mask, [{ mask }])
      yield seen(`${mask} or plain`, [{ when: comparing(key), mask }, {}])
    }
    yield seen('null sometimes', [{ when: comparing(key), mask: 'null' }])
    yield seen('plain or hash', [{ when: comparing(column, '!=') }, { mask: 'hash' }])
  }
}

function relatedPlan(
  matrix: PlanMatrix,
  from: Table,
  name: string,
  depth: number,
  numbers = false,
): RelatedPlan | undefined {
  const relationship = from.relationships.get(name)
  if (!relationship) return undefined
  const other = tableOf(matrix, relationship.table)
  const [key] = [...other.columns.values()]
  if (!key) return undefined
  const junction = relationship.junction && tableOf(matrix, relationship.junction.table)
  const [between] = junction ? [...junction.columns.values()] : []
  const masked: Projection[] = numbers
    ? masks.map((mask) => ({ name: mask, column: key.name, views: [{ when: comparing(key), mask }, { mask }] }))
    : []
  const nested = depth > 0 ? [...other.relationships.keys()] : []
  return {
    relationship: name,
    table: other.name,
    // What is nested once is nested twice in the same way.
    columns: depth > 0 ? [...all(other), ...masked] : [{ name: key.name, column: key.name }],
    ...(numbers ? { filter: comparing(key, '>'), policy: comparing(key) } : {}),
    ...(numbers && between ? { junctionPolicy: comparing(between) } : {}),
    order: [{ path: pathOf(key), descending: numbers, nulls: 'last' }],
    limit: 5,
    related: nested.flatMap((inner) => relatedPlan(matrix, other, inner, depth - 1, numbers) ?? []),
  }
}

function* relations(matrix: PlanMatrix): Generator<Made> {
  for (const table of matrix.catalog.tables.values()) {
    for (const name of table.relationships.keys()) {
      for (const full of [false, true]) {
        const related = relatedPlan(matrix, table, name, 1, full)
        if (!related) continue
        const numbers = full ? 'string' : 'number'
        yield {
          name: `related ${table.name} ${name} ${numbers}`,
          plan: selecting(table, { related: [related], numbers }),
        }
      }
    }
  }
}

const buckets: readonly DateBucket[] = ['year', 'quarter', 'month', 'week', 'day', 'hour']
const numeric: readonly ScalarType[] = ['integer', 'bigint', 'decimal', 'float']

function* groups(matrix: PlanMatrix): Generator<Made> {
  const table = tableOf(matrix, matrix.table)
  const [key] = [...table.columns.values()]
  if (!key) return
  const plan = {
    kind: 'aggregate',
    table: table.name,
    groups: [],
    order: [],
    limit: 10,
    offset: 0,
    format: 'json',
    numbers: 'number',
  } as const
  const count = { name: 'n', function: 'count', distinct: false } as const
  yield { name: 'count of all', plan: { ...plan, aggregates: [count], dryRun: true } }
  for (const column of table.columns.values()) {
    for (const name of matrix.aggregates) {
      if (['sum', 'avg', 'stddev', 'median'].includes(name) && !numeric.includes(column.type)) continue
      for (const distinct of [false, true]) {
        const aggregates = [count, { name: 'value', function: name, column: column.name, distinct }]
        const path: Path = { column: 'n', keys: [], type: 'bigint' }
        yield {
          name: `${name} ${distinct ? 'distinct ' : ''}${column.name}`,
          plan: {
            ...plan,
            aggregates,
            filter: comparing(key),
            policy: comparing(key),
            having: { kind: 'compare', path, op: '>', value: literal(1n) },
            order: [{ path: { ...path, column: 'value' }, descending: true, nulls: 'last' }],
            offset: 3,
            numbers: distinct ? 'string' : 'number',
          },
        }
      }
    }
    const group = { name: 'g', column: column.name }
    const order: OrderTerm[] = [
      { path: { column: 'g', keys: [], type: column.type }, descending: false, nulls: 'last' },
    ]
    yield { name: `group ${column.name}`, plan: { ...plan, groups: [group], aggregates: [count], order } }
    if (!['date', 'datetime', 'datetimetz'].includes(column.type)) continue
    for (const bucket of buckets) {
      const having: Filter = { kind: 'null', path: { column: 'g', keys: [], type: 'date' }, negated: true }
      yield {
        name: `group ${bucket} of ${column.name}`,
        plan: { ...plan, groups: [{ ...group, bucket }], aggregates: [count], order, having },
      }
    }
  }
}

function* writes(matrix: PlanMatrix): Generator<Made> {
  for (const table of matrix.catalog.tables.values()) {
    if (table.kind === 'table') yield* writesOf(matrix, table)
  }
}

function* writesOf(matrix: PlanMatrix, table: Table): Generator<Made> {
  const writable = [...table.columns.values()].filter((column) => !column.generated)
  const [first] = [...table.columns.values()]
  if (!first) return
  const full: Row = new Map(writable.map((column) => [column.name, sampleOf(column.type)]))
  const nulls: Row = new Map(writable.map(({ name, nullable, type }) => [name, nullable ? null : sampleOf(type)]))
  const keyless: Row = new Map([...full].filter(([name]) => !table.columns.get(name)?.identity))
  const keys = table.primaryKey.map((name) => ({ name, column: name }))
  const related = [...table.relationships.keys()].flatMap((name) =>
    relatedFilters(matrix, table, name).map(([, f]) => f),
  )
  const conditions: readonly (Filter | undefined)[] = [undefined, comparing(first), ...related.slice(0, 3)]
  const shown: Projection[] = [
    ...all(table),
    ...masks.map((mask) => ({ name: mask, column: first.name, views: [{ when: comparing(first), mask }, {}] })),
  ]
  const plan = { table: table.name, mode: 'stop', returning: keys, numbers: 'number', single: false } as const
  const named = (name: string, made: DataPlan): Made => ({ name: `${made.kind} ${table.name} ${name}`, plan: made })
  const inserts: readonly (readonly [string, readonly Row[]])[] = [
    ['defaults', [new Map()]],
    ['one', [keyless]],
    ['one with its key', [full]],
    ['two', [keyless, nulls]],
    ['different', [full, new Map([...full].slice(0, 1)), new Map()]],
  ]
  for (const [name, rows] of inserts) {
    for (const check of conditions) {
      const checked = check ? { check } : {}
      yield named(name, { ...plan, kind: 'insert', rows, upsert: false, ...checked })
    }
    const told = { returning: shown, numbers: 'string', check: comparing(first) } as const
    yield named(`${name}, told`, { ...plan, kind: 'insert', rows, upsert: false, ...told })
  }
  yield named('dry run', { ...plan, kind: 'insert', rows: [keyless], upsert: false, dryRun: true, mode: 'rollback' })
  yield named('many at most', {
    ...plan,
    kind: 'insert',
    rows: [keyless, keyless],
    upsert: false,
    maxAffected: 5,
    mode: 'continue',
  })
  const key = table.primaryKey.map((name) => sampleOf(columnIn(table, name).type))
  if (table.primaryKey.length > 0) {
    const keyOnly: Row = new Map([...full].filter(([name]) => table.primaryKey.includes(name)))
    for (const policy of conditions) {
      const guarded = policy ? { policy, check: policy } : {}
      for (const [name, rows] of [
        ['one', [full]],
        ['two', [full, nulls]],
        ['key alone', [keyOnly]],
      ] as const) {
        yield named(`upsert ${name}`, { ...plan, kind: 'insert', rows, upsert: true, ...guarded })
      }
    }
  }
  const settable: Row = new Map([...keyless].filter(([name]) => !table.primaryKey.includes(name)))
  const reset = writable.filter(({ name }) => !table.primaryKey.includes(name)).map(({ name }) => name)
  const some: Row = new Map([...settable].slice(0, 1))
  const keyColumns = table.primaryKey
  const precondition = { etag: '*', columns: all(table) }
  const update = { ...plan, kind: 'update', keyColumns, reset: [] } as const
  const remove = { ...plan, kind: 'delete', keyColumns } as const
  for (const policy of conditions) {
    const limits = policy ? { policy, check: policy, ...(policy === conditions[1] ? { returning: shown } : {}) } : {}
    const filtered = policy ? { filter: policy } : {}
    yield named('by filter', { ...update, changes: [{ by: 'filter', ...filtered, set: settable }], ...limits })
    yield named('by filter', {
      ...remove,
      targets: { by: 'filter', ...filtered },
      ...(policy ? { policy, returning: all(table) } : {}),
    })
    if (keyColumns.length === 0) continue
    yield named('by key', { ...update, changes: [{ by: 'key', key, set: settable }], single: true, ...limits })
    yield named('by two keys', {
      ...update,
      changes: [0, 1].map(() => ({ by: 'key', key, set: some }) as const),
      ...limits,
    })
    yield named('replace', {
      ...update,
      changes: [{ by: 'key', key, set: some }],
      reset,
      single: true,
      precondition,
      ...limits,
    })
    yield named('nothing', { ...update, changes: [{ by: 'key', key, set: new Map() }], single: true, ...limits })
    yield named('by key', {
      ...remove,
      targets: { by: 'key', keys: [key] },
      single: true,
      precondition,
      ...(policy ? { policy } : {}),
    })
    yield named('by two keys', { ...remove, targets: { by: 'key', keys: [key, key] }, mode: 'continue', dryRun: true })
  }
}
