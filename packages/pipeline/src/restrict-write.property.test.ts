import type { Filter } from '@gatehouse/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sightOf } from './sight.js'
import {
  arbitraryFilter,
  arbitraryGrants,
  arbitraryProjection,
  arbitraryRow,
  arbitraryRows,
  columnNames,
  maybe,
  tableNames,
} from './testing/arbitrary.js'
import { attempt, numRuns } from './testing/attempt.js'
import { columnsRead, evaluate, type Row } from './testing/evaluate.js'
import { Judge } from './testing/judge.js'
import { insert, remove, row, update } from './testing/plans.js'
import { tableOf } from './testing/shop.js'

const anyTable = fc.constantFrom(...tableNames)

describe('restriction of writes, judged row by row', () => {
  it('lets writes touch and make exactly the rows that the grants allow', () => {
    let allowed = 0
    const question = anyTable.chain((table) =>
      fc.record({
        table: fc.constant(table),
        kind: fc.constantFrom(
          'insert',
          'upsert',
          'update by key',
          'update by filter',
          'delete by key',
          'delete by filter',
        ),
        returning: arbitraryProjection(table),
        written: fc.tuple(arbitraryRow(table), fc.subarray(columnNames(table), { minLength: 1 })),
        filter: maybe(60, arbitraryFilter(table)),
        reset: fc.subarray(columnNames(table)),
      }),
    )
    fc.assert(
      fc.property(
        arbitraryGrants,
        arbitraryRows,
        question,
        (grants, rows, { table, kind, returning, written, filter, reset }) => {
          const [values, names] = written
          const set = Object.fromEntries(names.map((name) => [name, values[name] ?? null]))
          const key = [...tableOf(table).primaryKey]
          const more = { returning, keyColumns: key }
          const keyValues = key.map((name) => values[name] ?? null)
          const byFilter = filter ? ({ by: 'filter', filter } as const) : ({ by: 'filter' } as const)
          const judge = new Judge(grants, rows)
          const candidates = [...(rows[table] ?? []), values]
          const holds = (part: Filter | undefined, candidate: Row) =>
            part === undefined || evaluate(part, table, candidate, judge.world) === true
          const showsOnly = (plan: { readonly returning: typeof returning }, candidate: Row, named: boolean) => {
            for (const projection of plan.returning) {
              const own = named && key.includes(projection.column) ? [candidate[projection.column]] : []
              expect([...judge.cell(table, candidate, projection.column), ...own]).toContainEqual(
                judge.shown(projection, table, candidate),
              )
            }
          }
          if (kind === 'insert' || kind === 'upsert') {
            const plan = attempt(insert(table, [set], { upsert: kind === 'upsert', returning }), grants)
            if (!plan) return
            allowed++
            for (const candidate of candidates) {
              const overwritable = kind === 'insert' || judge.permits(table, 'update', candidate, names)
              expect(holds(plan.check, candidate)).toBe(
                judge.permits(table, 'create', candidate, names) && overwritable,
              )
              if (kind === 'upsert') expect(holds(plan.policy, candidate)).toBe(overwritable)
              if (holds(plan.check, candidate)) showsOnly(plan, candidate, true)
            }
            return
          }
          const named = kind.endsWith('key')
          const selected = named ? key : [...columnsRead(filter, table)]
          const verb = kind.startsWith('update') ? 'update' : 'delete'
          const needed = verb === 'update' ? [...names, ...selected] : selected
          const plan =
            verb === 'update'
              ? attempt(
                  update(
                    table,
                    [named ? { by: 'key', key: keyValues, set: row(set) } : { ...byFilter, set: row(set) }],
                    { ...more, reset },
                  ),
                  grants,
                )
              : attempt(remove(table, named ? { by: 'key', keys: [keyValues] } : byFilter, more), grants)
          if (!plan) return
          allowed++
          for (const candidate of candidates) {
            const reads = named || !filter || judge.permits(table, 'read', candidate, selected)
            expect(holds(plan.policy, candidate)).toBe(judge.permits(table, verb, candidate, needed) && reads)
            if (plan.kind === 'update')
              expect(holds(plan.check, candidate)).toBe(judge.permits(table, verb, candidate, needed))
            if (holds(plan.kind === 'update' ? plan.check : plan.policy, candidate)) showsOnly(plan, candidate, named)
          }
          if (plan.kind === 'update') {
            const usable = judge
              .having(table, 'update')
              .filter((grant) => needed.every((name) => sightOf(grant, name) === 'plain'))
            for (const name of plan.reset) expect(usable.every((grant) => sightOf(grant, name) === 'plain')).toBe(true)
          }
        },
      ),
      { numRuns },
    )
    expect(allowed).toBeGreaterThan(numRuns / 20)
  })
})
