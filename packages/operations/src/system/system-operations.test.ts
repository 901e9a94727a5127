import type { Catalog } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { operationsOf } from '../operations-of.js'
import { column, limits, operation, service, table } from '../testing/shop.js'

const audit = table('audit', [column('id', 'bigint'), column('service', 'text'), column('time', 'datetimetz')], {
  primaryKey: ['id'],
  can: { read: true, create: false, update: false, delete: false },
})
const catalog: Catalog = { tables: new Map([['audit', audit]]), routines: new Map(), version: '1' }
const operations = operationsOf(service({ name: 'system', family: 'system' }), catalog)

describe('the system service', () => {
  it('has its tables at the root, and reads them only', () => {
    expect(operation(operations, 'get_table_data').http).toEqual({ methods: ['GET'], path: '/{table_name}' })
    expect(operation(operations, 'get_record').http.path).toBe('/{table_name}/{id}')
    expect(operation(operations, 'get_table_data').resource({ table_name: 'audit' })).toBe('audit')
    expect(operations.filter((o) => o.effect !== 'read').map((o) => o.name)).toEqual(['refresh_service'])
    expect(
      operation(operations, 'get_table_data').plan({ table_name: 'audit', filter: "service = 'x'" }, limits),
    ).toMatchObject({ kind: 'select', table: 'audit' })
  })

  it('refreshes a service', () => {
    const refresh = operation(operations, 'refresh_service')
    expect(refresh.http).toEqual({ methods: ['POST'], path: '/services/{service_name}/_refresh' })
    expect(refresh.resource({ service_name: 'salesdb' })).toBe('services/salesdb/_refresh')
    expect(refresh.plan({ service_name: 'salesdb' }, limits)).toEqual({
      kind: 'control',
      action: 'refresh_service',
      service: 'salesdb',
    })
    expect(refresh.plan({ service_name: 'salesdb', dry_run: true }, limits)).toMatchObject({ dryRun: true })
  })
})
