import type { JsonObject } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { failureOf } from '../testing/failure-of.js'
import { planned } from '../testing/shop.js'

const aggregate = (input: JsonObject, table_name = 'orders') =>
  planned('aggregate', 'aggregate_data', { table_name, ...input })
const grouped = (input: JsonObject) => planned('aggregate', 'get_table_data', { table_name: 'orders', ...input })

describe('aggregates', () => {
  it('count and compute, named by what they are or by alias', () => {
    const plan = aggregate({
      aggregates: [
        { function: 'count' },
        { function: 'SUM', field: 'total' },
        { function: 'count', field: 'customer_id', distinct: true },
        { function: 'max', field: 'order_date', alias: 'latest' },
        'avg(weight)',
      ],
    })
    expect(plan.aggregates).toEqual([
      { name: 'count', function: 'count', distinct: false },
      { name: 'sum_total', function: 'sum', column: 'total', distinct: false },
      { name: 'count_distinct_customer_id', function: 'count', column: 'customer_id', distinct: true },
      { name: 'latest', function: 'max', column: 'order_date', distinct: false },
      { name: 'avg_weight', function: 'avg', column: 'weight', distinct: false },
    ])
    expect(plan).toMatchObject({ groups: [], order: [], limit: 100, offset: 0, format: 'json', numbers: 'number' })
  })

  it('group by columns and date buckets, in a stable order', () => {
    const plan = aggregate({
      aggregates: ['count(*)'],
      group_by: ['status', 'month(order_date)', { field: 'order_date', bucket: 'year', alias: 'y' }],
      order: 'count desc',
    })
    expect(plan.groups).toEqual([
      { name: 'status', column: 'status' },
      { name: 'month_order_date', column: 'order_date', bucket: 'month' },
      { name: 'y', column: 'order_date', bucket: 'year' },
    ])
    expect(plan.order.map((t) => [t.path.column, t.descending, t.nulls])).toEqual([
      ['count', true, 'first'],
      ['status', false, 'last'],
      ['month_order_date', false, 'last'],
      ['y', false, 'last'],
    ])
    expect(aggregate({ group_by: 'status, year(order_date)' }).groups).toHaveLength(2)
    expect(aggregate({ aggregates: '[{"function":"count"}]' }).aggregates).toHaveLength(1)
  })

  it('order by calls and with NULLS', () => {
    const input = { aggregates: ['sum(total)', 'count(*)', 'count(distinct status)'] }
    const order = (text: string) => aggregate({ ...input, order: text }).order.map((t) => [t.path.column, t.nulls])
    expect(order('SUM(total) desc nulls last')).toEqual([['sum_total', 'last']])
    expect(order('count(*) asc nulls first, count(distinct status)')).toEqual([
      ['count', 'first'],
      ['count_distinct_status', 'last'],
    ])
    expect(failureOf(() => order('sum_totl')).hint).toContain('`sum_total`')
    expect(failureOf(() => order('total')).code).toBe('invalid')
    expect(failureOf(() => order(`sum_total${' '.repeat(50_000)}x`)).code).toBe('invalid')
  })

  it('filter before and after', () => {
    const plan = aggregate({
      aggregates: ['sum(total)', 'count(*)'],
      filter: 'status = :s',
      having: 'sum_total > :least and count >= 2',
      params: { s: 'paid', least: 10.5 },
      limit: 5000,
      offset: 10,
      format: 'csv',
      numbers: 'string',
      dry_run: true,
    })
    expect(plan.filter).toMatchObject({ value: { value: 'paid' } })
    expect(plan.having).toMatchObject({
      kind: 'and',
      filters: [
        { path: { column: 'sum_total', type: 'decimal' }, value: { value: '10.5' } },
        { path: { column: 'count', type: 'bigint' }, value: { value: 2n } },
      ],
    })
    expect(plan).toMatchObject({
      limit: 1000,
      cut: { asked: 5000, allowed: 1000 },
      offset: 10,
      format: 'csv',
      numbers: 'string',
      dryRun: true,
    })
    expect(failureOf(() => aggregate({ aggregates: ['count(*)'], having: 'total > 1' })).code).toBe('invalid')
  })

  it.each<[string, JsonObject, string]>([
    ['nothing to compute', {}, 'empty'],
    ['an unknown function', { aggregates: [{ function: 'summ', field: 'total' }] }, 'summ'],
    ['a function that the source lacks', { aggregates: ['median(total)'] }, 'median'],
    ['a sum of nothing', { aggregates: [{ function: 'sum' }] }, 'needs a column'],
    ['a sum of text', { aggregates: ['sum(status)'] }, 'its type is text'],
    ['a maximum of a flag', { aggregates: ['max(gift)'] }, 'its type is boolean'],
    ['an unknown column', { aggregates: ['sum(totl)'] }, 'totl'],
    ['an unknown member', { aggregates: [{ function: 'count', filed: 'id' }] }, 'filed'],
    ['something else', { aggregates: [5] }, 'aggregates'],
    ['a text that is no call', { aggregates: 'total' }, 'aggregates'],
    ['too many', { aggregates: Array(101).fill('count(*)') }, '100 are allowed'],
    ['two of a name', { aggregates: ['count(*)', 'count(*)'] }, 'Two results'],
    ['a bad alias', { aggregates: [{ function: 'count', alias: 'a"b' }] }, 'alias'],
    ['an unknown group', { group_by: ['sttus'] }, 'sttus'],
    ['an unknown bucket', { group_by: ['decade(order_date)'] }, 'decade'],
    ['an unknown bucket member', { group_by: [{ field: 'order_date', by: 'year' }] }, 'by'],
    ['a bucket of text', { group_by: ['month(status)'] }, 'month'],
    ['hours of a date', { group_by: ['hour(order_date)'] }, 'hour'],
    ['a group that is a number', { group_by: [5] }, 'group_by'],
  ])('refuse %s', (_name, input, message) => {
    const failure = failureOf(() => aggregate(input))
    expect(failure.code).toBe('invalid')
    expect(failure.message).toContain(message)
  })

  it('refuse to group by JSON', () => {
    expect(failureOf(() => aggregate({ group_by: 'profile' }, 'customers')).message).toContain('json')
  })
})

describe('the older form', () => {
  it('names results as older clients expect', () => {
    const plan = grouped({ group: 'status', fields: 'status,COUNT(*),SUM(total)', order: 'SUM_total desc' })
    expect(plan.groups).toEqual([{ name: 'status', column: 'status' }])
    expect(plan.aggregates.map((a) => a.name)).toEqual(['COUNT_ALL', 'SUM_total'])
    expect(plan.order.map((t) => t.path.column)).toEqual(['SUM_total', 'status'])
    expect(grouped({ group: 'status', fields: 'COUNT(*)', order: 'count(*) desc' }).order[0]?.path.column).toBe(
      'COUNT_ALL',
    )
  })

  it('needs no group, and no function', () => {
    expect(grouped({ fields: ['COUNT(*)', 'MAX(total)'] }).aggregates).toHaveLength(2)
    expect(grouped({ group: 'status,gift' }).groups).toHaveLength(2)
    expect(grouped({ group: 'month(order_date)', fields: 'month(order_date),COUNT(*)' }).aggregates).toHaveLength(1)
    expect(grouped({ group: 'status', fields: 'COUNT(*)', having: 'COUNT_ALL > 3' }).having).toBeDefined()
  })

  it('refuses what is neither grouped nor computed, and what does not go with it', () => {
    expect(failureOf(() => grouped({ group: 'status', fields: 'status,total' })).message).toContain('`total`')
    expect(failureOf(() => grouped({ group: 'status', related: 'customers_by_customer_id' })).code).toBe('invalid')
    expect(failureOf(() => grouped({ fields: 'COUNT(*)', cursor: 'x' })).message).toContain('cursor')
    expect(failureOf(() => grouped({ fields: 'SLEEP(9)' })).hint).toContain('Functions')
  })
})
