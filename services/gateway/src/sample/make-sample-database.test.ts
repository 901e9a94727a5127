import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectorTypes } from '@gatehouse/connectors'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeSampleDatabase } from './make-sample-database.js'
import { tables } from './schema.js'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-sample-'))
const path = join(folder, 'shop.db')

beforeAll(() => makeSampleDatabase(path))
afterAll(() => rmSync(folder, { recursive: true }))

describe('the sample shop', () => {
  it('is the same at each time, byte for byte, and leaves nothing else behind', () => {
    const digest = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')
    const second = join(folder, 'second.db')
    makeSampleDatabase(second)
    expect(digest(second)).toBe(digest(path))
    expect(readdirSync(folder).sort()).toEqual(['second.db', 'shop.db'])
  })

  it('has its tables, keys and statistics', async () => {
    const type = connectorTypes.find((candidate) => candidate.type === 'sqlite')
    const connector = await type?.connect(
      { connection: path },
      {
        name: 'sample',
        timeoutMs: 10_000,
        readOnly: false,
        pool: { max: 1, idleMs: 1000 },
        schemas: [],
        tables: { include: ['*'], exclude: [] },
        maskKey: 'test',
      },
    )
    const catalog = await connector?.introspect(new AbortController().signal)
    await connector?.close()
    const found = [...(catalog?.tables.values() ?? [])]
    expect(found.filter((table) => table.kind === 'table')).toHaveLength(tables.length)
    expect(found.filter((table) => table.kind === 'view').map((table) => table.name)).toEqual(['sales_by_country'])
    expect(catalog?.tables.get('orders')?.rows).toBe(12_000)
    expect(found.reduce((sum, table) => sum + (table.rows ?? 0), 0)).toBeGreaterThan(50_000)
    expect(catalog?.tables.get('order_items')?.primaryKey).toEqual(['order_id', 'line_no'])
    expect([...(catalog?.tables.get('products')?.relationships.keys() ?? [])]).toContain('tags_by_product_tags')
    expect([...(catalog?.tables.get('employees')?.relationships.keys() ?? [])]).toEqual(
      expect.arrayContaining(['employees_by_manager_id', 'payroll_by_employee_id']),
    )
    expect(catalog?.tables.get('customers')?.columns.get('segment')?.values).toEqual(['consumer', 'smb', 'enterprise'])
  })
})
