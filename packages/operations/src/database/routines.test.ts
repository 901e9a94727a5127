import type { JsonObject, JsonValue } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { operationsOf } from '../operations-of.js'
import { failureOf } from '../testing/failure-of.js'
import { operation, parameter, planned, routine, service, shop } from '../testing/shop.js'
import { planCall } from './call.js'

const limits = { fallback: 100, most: 1000 }
const report = (params?: JsonValue, more: JsonObject = {}) =>
  planned('call', 'call_stored_procedure', {
    procedure_name: 'monthly_report',
    ...(params !== undefined && { params }),
    ...more,
  })
const find = (params: JsonValue) => planned('call', 'call_stored_function', { function_name: 'find_orders', params })

describe('calls', () => {
  it('take parameters by name, in order, or as pairs', () => {
    for (const params of [{ year: 2026 }, { '@year': '2026' }, [2026], [{ name: 'year', value: 2026 }]]) {
      expect([...report(params).values]).toEqual([['year', 2026]])
    }
    expect([...report([2026, null]).values]).toEqual([
      ['year', 2026],
      ['month', null],
    ])
    expect(report({ year: 1 })).toMatchObject({ limit: 1000, numbers: 'number' })
    expect(report({ year: 1 }, { limit: 5, numbers: 'string', dry_run: true })).toMatchObject({
      limit: 5,
      numbers: 'string',
      dryRun: true,
    })
    expect(report({ year: 1 }, { limit: 50_000 }).limit).toBe(1000)
  })

  it.each<[string, JsonValue | undefined, string]>([
    ['a missing one', undefined, 'needs the parameter `year`'],
    ['a null for a name', { month: 1 }, 'needs the parameter `year`'],
    ['an unknown one', { yeer: 2026 }, 'no parameter `yeer`'],
    ['one that is answered', { year: 1, rows: 1 }, 'is answered by'],
    ['too many', [1, 2, 3], 'takes 2 parameters, not 3'],
    ['a wrong type', { year: 'last' }, '`year` takes a whole number'],
    [
      'one given twice',
      [
        { name: 'year', value: 1 },
        { name: ':year', value: 2 },
      ],
      'given twice',
    ],
    ['a text', 'x', 'takes an object by name'],
  ])('refuse %s', (_name, params, message) => {
    const failure = failureOf(() => report(params))
    expect(failure.code).toBe('invalid')
    expect(failure.message).toContain(message)
  })

  it('choose the overload by names, count and types', () => {
    expect(find({ status: 'open' }).routine.handle).toBe('by status')
    expect(find({ customer_id: '7' }).routine.handle).toBe('by id')
    expect(find([7]).routine.handle).toBe('by id')
    expect(find(['open']).routine.handle).toBe('by status')
    expect(find(['2026-01-01', '2026-02-01']).routine.handle).toBe('by dates')
    const none = failureOf(() => find({ colour: 'red' }))
    expect(none.message).toContain('No overload')
    expect(none.hint).toContain('find_orders(since date, until date)')
    const types = ['text', 'integer', 'decimal', 'date', 'boolean'] as const
    const overloads = types.map((type) => routine('f', { parameters: [parameter('x', type)], handle: type }))
    const chosen = (x: JsonValue) => planCall(overloads, { params: [x] }, limits).routine.handle
    expect(chosen(5)).toBe('integer')
    expect(chosen(5.5)).toBe('decimal')
    expect(chosen('2026-01-01')).toBe('date')
    expect(chosen('hello')).toBe('text')
    expect(chosen(true)).toBe('boolean')
  })

  it('are refused for what is not there', () => {
    const failure = failureOf(() => planned('call', 'call_stored_function', { function_name: 'find_order' }))
    expect(failure.code).toBe('not_found')
    expect(failure.hint).toContain('`find_orders`')
    expect(failureOf(() => planned('call', 'call_stored_procedure', { procedure_name: 'find_orders' })).code).toBe(
      'not_found',
    )
  })

  it('travel by GET only where nothing is written', () => {
    const query = (params: JsonValue) =>
      planned('call', 'query_stored_function', { function_name: 'find_orders', params })
    expect(query({ customer_id: 1 }).routine.readOnly).toBe(true)
    expect(failureOf(() => query({ since: '2026-01-01', until: '2026-01-01' })).code).toBe('invalid')
    const operations = operationsOf(service(), shop)
    expect(operations.some((o) => o.name === 'query_stored_procedure')).toBe(false)
    const [writes] = operations.filter((o) => o.name === 'call_stored_function')
    expect(writes).toMatchObject({ effect: 'execute', destructive: true })
    const mixed = new Map([...shop.routines, ['touch', [routine('touch')]]])
    const get = operation(operationsOf(service(), { ...shop, routines: mixed }), 'query_stored_function')
    expect(get.subject?.values).toEqual(['find_orders'])
    expect(failureOf(() => get.plan({ function_name: 'touch' }, limits)).code).toBe('method_not_allowed')
  })

  it('are typed by the routine', () => {
    const face = operation(operationsOf(service(), shop), 'call_stored_procedure').subject?.bind('monthly_report')
    expect(face?.description).toContain('monthly_report(year integer, month integer = default)')
    expect(face?.input.properties.params).toMatchObject({
      properties: { year: { type: ['integer', 'null'] } },
      required: ['year'],
      additionalProperties: false,
    })
    expect(face?.input.properties).not.toHaveProperty('procedure_name')
  })
})
