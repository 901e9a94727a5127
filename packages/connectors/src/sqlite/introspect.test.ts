import { describe, expect, it } from 'vitest'
import { tableFilter } from '../sql/table-filter.js'
import { type CatalogRule, catalogOf } from './introspect.js'
import { readSchema } from './schema-rows.js'
import { openMemory } from './testing/memory.js'

const everything: CatalogRule = { includes: () => true, readOnly: false }
const catalogFrom = async (statements: readonly string[], rule = everything) =>
  catalogOf(await readSchema(openMemory(...statements).query), rule)

describe('the catalog', () => {
  it('has keys, rowid aliases, generated columns and checks', async () => {
    const { tables } = await catalogFrom([
      `CREATE TABLE parent (a INT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (b, a)) WITHOUT ROWID`,
      `CREATE TABLE child (
        id INTEGER PRIMARY KEY, x INT, y TEXT, price DECIMAL(10,2) DEFAULT (1 + 1), twice AS (price * 2) STORED,
        kind TEXT CHECK (KIND IN ('a', 'b')), code VARCHAR(5) NOT NULL UNIQUE, low TEXT,
        FOREIGN KEY (y, X) REFERENCES PARENT
      )`,
      'CREATE UNIQUE INDEX some_low ON child (low) WHERE low IS NOT NULL',
      'CREATE UNIQUE INDEX lower_code ON child (lower(code))',
      'CREATE UNIQUE INDEX pair ON child (x, y)',
      'CREATE TABLE strict_one (id TEXT PRIMARY KEY, n ANY) STRICT',
      'CREATE TABLE nameless (v)',
      'CREATE TABLE down (id INTEGER PRIMARY KEY DESC)',
    ])
    expect(tables.get('parent')?.primaryKey).toEqual(['b', 'a'])
    const child = tables.get('child')
    expect(child?.primaryKey).toEqual(['id'])
    expect(child?.columns.get('id')).toEqual({
      name: 'id',
      type: 'bigint',
      nativeType: 'INTEGER',
      nullable: false,
      generated: false,
      identity: true,
    })
    expect(child?.columns.get('price')).toMatchObject({ type: 'decimal', precision: 10, scale: 2, default: '1 + 1' })
    expect(child?.columns.get('twice')?.generated).toBe(true)
    expect(child?.columns.get('kind')?.values).toEqual(['a', 'b'])
    expect(child?.columns.get('code')).toMatchObject({ nullable: false, length: 5 })
    expect(child?.checks).toEqual([{ name: 'check_1', expression: `KIND IN ('a', 'b')` }])
    expect(child?.uniqueKeys.map((key) => key.columns).sort()).toEqual([['code'], ['x', 'y']])
    expect(child?.foreignKeys).toEqual([
      { name: 'child_y_x_fkey_0', columns: ['y', 'x'], references: 'parent', referencedColumns: ['b', 'a'] },
    ])
    expect([...(tables.get('parent')?.relationships.keys() ?? [])]).toEqual(['child_by_y_x'])
    expect(tables.get('strict_one')?.columns.get('id')).toMatchObject({ nullable: false, identity: false })
    expect(tables.get('nameless')?.primaryKey).toEqual([])
    expect(tables.get('down')?.columns.get('id')?.identity).toBe(false)
  })

  it('says which views can be written, and survives one that is broken', async () => {
    const { tables } = await catalogFrom([
      'CREATE TABLE t (id INTEGER PRIMARY KEY, n INT)',
      'CREATE VIEW totals AS SELECT n, COUNT(*) AS many, CAST(SUM(n) AS INTEGER) AS s FROM t GROUP BY n',
      'CREATE VIEW open_view AS SELECT * FROM t',
      'CREATE TRIGGER open_insert INSTEAD OF INSERT ON open_view BEGIN INSERT INTO t VALUES (new.id, new.n); END',
      'CREATE VIEW broken AS SELECT * FROM missing',
    ])
    expect(tables.get('totals')).toMatchObject({
      kind: 'view',
      can: { read: true, create: false, update: false, delete: false },
    })
    expect(tables.get('totals')?.columns.get('many')?.type).toBe('bigint')
    expect(tables.get('totals')?.columns.get('s')?.type).toBe('integer')
    expect(tables.get('open_view')?.can).toEqual({ read: true, create: true, update: false, delete: false })
    expect(tables.has('broken')).toBe(false)
  })

  it('leaves out what is excluded, and relationships to it', async () => {
    const statements = [
      'CREATE TABLE _migrations (id INTEGER PRIMARY KEY)',
      'CREATE TABLE a (id INTEGER PRIMARY KEY, m INT REFERENCES _migrations)',
    ]
    const { tables } = await catalogFrom(statements, { includes: tableFilter(['*'], ['_mig*']), readOnly: true })
    expect([...tables.keys()]).toEqual(['a'])
    expect(tables.get('a')?.foreignKeys).toEqual([])
    expect(tables.get('a')?.can).toEqual({ read: true, create: false, update: false, delete: false })
  })

  it('estimates rows from statistics, and changes its version with the schema only', async () => {
    const memory = openMemory('CREATE TABLE t (id INTEGER PRIMARY KEY, n INT)', 'CREATE INDEX t_n ON t (n)')
    const read = async () => catalogOf(await readSchema(memory.query), everything)
    const before = await read()
    expect(before.tables.get('t')?.rows).toBeUndefined()
    memory.exec('INSERT INTO t (n) VALUES (1), (2), (3); ANALYZE')
    const analyzed = await read()
    expect(analyzed.tables.get('t')?.rows).toBe(3)
    expect(analyzed.version).toBe(before.version)
    memory.exec('ALTER TABLE t ADD COLUMN extra TEXT')
    expect((await read()).version).not.toBe(before.version)
  })

  it('takes any names', async () => {
    const name = 'Odd "Näme` of\ta table'
    const { tables } = await catalogFrom([`CREATE TABLE "${name.replaceAll('"', '""')}" ("a ""b" INT, [select] INT)`])
    expect([...(tables.get(name)?.columns.keys() ?? [])]).toEqual(['a "b', 'select'])
  })
})
