import type { AggregatePlan, RelatedPlan } from '@gatehouse/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  arbitraryFilter,
  arbitraryGrants,
  arbitraryOrder,
  arbitraryProjection,
  arbitraryRelated,
  arbitraryRows,
  columnNames,
  maybe,
  tableNames,
} from './testing/arbitrary.js'
import { attempt, numRuns } from './testing/attempt.js'
import { evaluate, type Row, relatedRows } from './testing/evaluate.js'
import { Judge } from './testing/judge.js'
import { select } from './testing/plans.js'
import { tableOf } from './testing/shop.js'

const anyTable = fc.constantFrom(...tableNames)

function linksOf(table: string, related: readonly RelatedPlan[]): string[] {
  return related.flatMap(({ relationship }) => tableOf(table).relationships.get(relationship)?.columns ?? [])
}

describe('restriction, judged row by row', () => {
  it('lets reads find exactly the rows and show exactly the cells that the grants allow', () => {
    let allowed = 0
    const question = anyTable.chain((table) =>
      fc.record({
        table: fc.constant(table),
        columns: arbitraryProjection(table),
        filter: maybe(60, arbitraryFilter(table)),
        order: arbitraryOrder(table),
        related: arbitraryRelated(table),
      }),
    )
    fc.assert(
      fc.property(
        arbitraryGrants,
        arbitraryRows,
        question,
        (grants, rows, { table, columns, filter, order, related }) => {
          const plan = attempt(select(table, { columns, order, related, ...(filter && { filter }) }), grants)
          if (!plan) return
          allowed++
          const judge = new Judge(grants, rows)
          const needed = [...order.map((term) => term.path.column), ...linksOf(table, related)]
          for (const found of rows[table] ?? []) {
            const answered = [plan.policy, plan.filter].every(
              (part) => part === undefined || evaluate(part, table, found, judge.world) === true,
            )
            expect(answered).toBe(judge.finds(table, found, filter, needed))
            if (!answered) continue
            for (const projection of plan.columns) {
              expect(judge.cell(table, found, projection.column)).toContainEqual(judge.shown(projection, table, found))
            }
            checkRelated(judge, table, found, plan.related, related)
          }
          const limits = judge.having(table, 'read').map((grant) => grant.maxRows ?? Number.POSITIVE_INFINITY)
          expect(plan.limit).toBeLessThanOrEqual(Math.max(...limits))
        },
      ),
      { numRuns },
    )
    expect(allowed).toBeGreaterThan(numRuns / 20)
  })

  function checkRelated(
    judge: Judge,
    table: string,
    parent: Row,
    restricted: readonly RelatedPlan[],
    asked: readonly RelatedPlan[],
  ): void {
    restricted.forEach((plan, i) => {
      const original = asked[i]
      if (!original) throw new Error('A related plan came from nowhere')
      const { policy, junctionPolicy, filter } = plan
      const guard = { ...(policy && { policy }), ...(junctionPolicy && { junctionPolicy }) }
      const nested = relatedRows(plan.relationship, table, parent, judge.world, guard).filter(
        ([other, found]) => filter === undefined || evaluate(filter, other, found, judge.world) === true,
      )
      const needed = [...original.order.map((term) => term.path.column), ...linksOf(plan.table, original.related)]
      const linked = { ...(original.filter && { filter: original.filter }) }
      const expected = relatedRows(original.relationship, table, parent, judge.allowed, linked).filter(
        ([other, found]) =>
          judge.finds(other, found, original.filter, [
            ...needed,
            ...(tableOf(table).relationships.get(original.relationship)?.foreignColumns ?? []),
          ]),
      )
      expect(nested).toEqual(expected)
      for (const [other, found] of nested) {
        for (const projection of plan.columns) {
          expect(judge.cell(other, found, projection.column)).toContainEqual(judge.shown(projection, other, found))
        }
        checkRelated(judge, other, found, plan.related, original.related)
      }
    })
  }

  it('lets aggregates see only plain columns of rows that the grants allow', () => {
    const question = anyTable.chain((table) =>
      fc.record({
        table: fc.constant(table),
        column: fc.constantFrom(...columnNames(table)),
        filter: maybe(60, arbitraryFilter(table)),
      }),
    )
    fc.assert(
      fc.property(arbitraryGrants, arbitraryRows, question, (grants, rows, { table, column, filter }) => {
        const plan = attempt<AggregatePlan>(
          {
            kind: 'aggregate',
            table,
            groups: [],
            aggregates: [{ name: 'max', function: 'max', column, distinct: false }],
            order: [],
            limit: 10,
            offset: 0,
            format: 'json',
            numbers: 'number',
            ...(filter && { filter }),
          },
          grants,
        )
        if (!plan) return
        const judge = new Judge(grants, rows)
        for (const found of rows[table] ?? []) {
          const counted = [plan.policy, plan.filter].every(
            (part) => part === undefined || evaluate(part, table, found, judge.world) === true,
          )
          expect(counted).toBe(judge.finds(table, found, filter, [column]))
        }
      }),
      { numRuns },
    )
  })
})
