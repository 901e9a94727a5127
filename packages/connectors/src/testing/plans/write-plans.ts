import type { DataPlan, Filter, Projection, Row, Table } from '@gatehouse/core'
import { relatedFilters } from './filter-plans.js'
import { all, columnIn, comparing, type Made, masks, type PlanMatrix, sampleOf } from './samples.js'

export function* writes(matrix: PlanMatrix): Generator<Made> {
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
