import type { Catalog, Table } from '@gatehouse/core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type MysqlDriver, mysqlDriver } from './driver.js'
import { introspect } from './introspect.js'
import { type TestDatabase, testDatabase, testServers } from './testing/server.js'

const odd = 'sélect "from" `x`\\\'; -- ж'
const q = (name: string) => `\`${name.replaceAll('`', '``')}\``

describe.for(testServers)('introspection on $label', (server) => {
  beforeEach(({ skip }) => skip(server.url === undefined, server.skipped))

  let database: TestDatabase
  let other: TestDatabase
  let driver: MysqlDriver
  const all = { include: ['*'], exclude: [] }
  const read = (more: { schemas?: string[]; tables?: { include: string[]; exclude: string[] } } = {}) =>
    introspect(driver, { schemas: [database.target.database], tables: all, ...more }, new AbortController().signal)

  beforeAll(async () => {
    if (server.url === undefined) return
    database = await testDatabase(server, 'introspect')
    other = await testDatabase(server, 'other')
    await other.setUp('CREATE TABLE region (id INT PRIMARY KEY)')
    await database.setUp(`
      SET sql_mode = 'NO_BACKSLASH_ESCAPES';
      CREATE TABLE types (
        id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY COMMENT 'the key',
        flag TINYINT(1) NOT NULL DEFAULT 1, bits BIT(1), mask BIT(9), tiny TINYINT, small SMALLINT UNSIGNED, medium MEDIUMINT,
        whole INT, wide INT UNSIGNED, price DECIMAL(38,10) DEFAULT 1.5, single FLOAT, twice DOUBLE,
        name VARCHAR(40) DEFAULT 'it''s', code CHAR(3), note TEXT, status ENUM('new','it''s','a,b') DEFAULT 'new',
        tags SET('x','y'), size VARCHAR(5) CHECK (size IN ('S', 'M', 'L')), day DATE, clock TIME(3), at DATETIME(6),
        stamp TIMESTAMP NULL, born YEAR, doc JSON, raw VARBINARY(16), file LONGBLOB, place POINT, ident UUID, ip INET6,
        total DECIMAL(39,10) AS (price * 2) VIRTUAL, kept INT AS (whole + 1) STORED,
        CONSTRAINT positive CHECK (price >= 0)
      ) COMMENT 'every type';
      CREATE TABLE pair (b INT, a INT, c INT, d INT UNIQUE, e VARCHAR(100), PRIMARY KEY (a, b), UNIQUE KEY cd (c, d), UNIQUE KEY start (e(10)));
      CREATE TABLE child (id INT PRIMARY KEY, x INT, y INT, parent INT, region INT,
        CONSTRAINT to_pair FOREIGN KEY (x, y) REFERENCES pair (a, b), CONSTRAINT to_self FOREIGN KEY (parent) REFERENCES child (id),
        CONSTRAINT abroad FOREIGN KEY (region) REFERENCES ${q(other.target.database)}.region (id));
      CREATE TABLE ${q(odd)} (${q(`${odd}1`)} INT PRIMARY KEY, \`Order\` INT, \`GROUP\` INT UNIQUE);
      CREATE TABLE \`Mixed Case\` (\`Id\` INT PRIMARY KEY);
      CREATE VIEW plain AS SELECT id, name FROM types;
      CREATE VIEW summed AS SELECT status, COUNT(*) AS n FROM types GROUP BY status;
      CREATE PROCEDURE report(IN since DATE, INOUT top INT, OUT total DECIMAL(10,2)) READS SQL DATA COMMENT 'a report' SELECT 1;
      CREATE PROCEDURE alter_pair() UPDATE pair SET c = 1;
      CREATE FUNCTION twice(n INT) RETURNS BIGINT DETERMINISTIC NO SQL RETURN n * 2;
      CREATE FUNCTION ${q(odd)}(${q('p x')} VARCHAR(10)) RETURNS VARCHAR(20) RETURN 'x';
    `)
    driver = mysqlDriver(database.target, { max: 2, idleMs: 30_000 })
  })
  afterAll(async () => {
    await driver?.close()
    await database?.drop()
    await other?.drop()
  })

  const tableOf = (catalog: Catalog, name: string): Table => {
    const table = catalog.tables.get(name)
    if (!table) throw new Error(`No table ${name}: ${[...catalog.tables.keys()].join(', ')}`)
    return table
  }

  test('columns have neutral and native types', async () => {
    const { columns, comment } = tableOf(await read(), 'types')
    const types = Object.fromEntries([...columns].map(([name, column]) => [name, column.type]))
    expect(types).toEqual({
      id: 'bigint',
      flag: 'boolean',
      bits: 'boolean',
      mask: 'bigint',
      tiny: 'integer',
      small: 'integer',
      medium: 'integer',
      whole: 'integer',
      wide: 'bigint',
      price: 'decimal',
      single: 'float',
      twice: 'float',
      name: 'text',
      code: 'text',
      note: 'text',
      status: 'text',
      tags: 'text',
      size: 'text',
      day: 'date',
      clock: 'time',
      at: 'datetime',
      stamp: 'datetimetz',
      born: 'integer',
      doc: 'json',
      raw: 'binary',
      file: 'binary',
      place: 'other',
      ident: 'uuid',
      ip: 'other',
      total: 'decimal',
      kept: 'integer',
    })
    expect(comment).toBe('every type')
    expect(columns.get('id')).toEqual({
      name: 'id',
      type: 'bigint',
      nativeType: 'bigint(20) unsigned',
      nullable: false,
      generated: false,
      identity: true,
      comment: 'the key',
    })
    expect(columns.get('price')).toMatchObject({ precision: 38, scale: 10, nullable: true, identity: false })
    expect(columns.get('name')).toMatchObject({ length: 40, default: "'it''s'" })
    expect(columns.get('code')?.default).toBeUndefined()
    expect(columns.get('status')?.values).toEqual(['new', "it's", 'a,b'])
    expect(columns.get('size')?.values).toEqual(['S', 'M', 'L'])
    expect([...columns.values()].filter((column) => column.generated).map((column) => column.name)).toEqual([
      'total',
      'kept',
    ])
  })

  test('keys, checks and relationships, composite and across schemas', async () => {
    const catalog = await read()
    const pair = tableOf(catalog, 'pair')
    expect(pair.primaryKey).toEqual(['a', 'b'])
    expect(pair.uniqueKeys).toEqual([
      { name: 'cd', columns: ['c', 'd'] },
      { name: 'd', columns: ['d'] },
    ])
    expect(tableOf(catalog, 'types').checks.map((check) => check.name)).toEqual(expect.arrayContaining(['positive']))
    expect(tableOf(catalog, 'types').checks.some((check) => check.expression.includes('json_valid'))).toBe(false)
    const child = tableOf(catalog, 'child')
    expect(child.foreignKeys).toEqual([
      { name: 'abroad', columns: ['region'], references: `${other.target.database}.region`, referencedColumns: ['id'] },
      { name: 'to_pair', columns: ['x', 'y'], references: 'pair', referencedColumns: ['a', 'b'] },
      { name: 'to_self', columns: ['parent'], references: 'child', referencedColumns: ['id'] },
    ])
    expect([...child.relationships.keys()]).toEqual(['child_by_parent', 'pair_by_x_y', 'child_by_parent_2'])
    const both = await read({ schemas: [database.target.database, other.target.database] })
    const far = tableOf(both, `${database.target.database}.child`)
    expect(far.relationships.get(`${other.target.database}.region_by_region`)).toMatchObject({ kind: 'belongs_to' })
    expect(far.source).toEqual({ schema: database.target.database, name: 'child' })
  })

  test('names that need quoting are as they are', async () => {
    const catalog = await read()
    const table = tableOf(catalog, odd)
    expect([...table.columns.keys()]).toEqual([`${odd}1`, 'Order', 'GROUP'])
    expect(table.primaryKey).toEqual([`${odd}1`])
    expect(table.uniqueKeys).toEqual([{ name: 'GROUP', columns: ['GROUP'] }])
    expect(tableOf(catalog, 'Mixed Case').columns.has('Id')).toBe(true)
    expect(catalog.routines.get(odd)?.[0]?.parameters[0]?.name).toBe('p x')
  })

  test('views tell whether they can be written', async () => {
    const catalog = await read()
    expect(tableOf(catalog, 'plain')).toMatchObject({
      kind: 'view',
      can: { read: true, create: true, update: true, delete: true },
    })
    expect(tableOf(catalog, 'summed')).toMatchObject({
      kind: 'view',
      can: { read: true, create: false, update: false, delete: false },
    })
  })

  test('routines have typed parameters and say what they may do', async () => {
    const { routines } = await read()
    expect(routines.get('report')).toEqual([
      {
        name: 'report',
        source: { schema: database.target.database, name: 'report' },
        kind: 'procedure',
        comment: 'a report',
        parameters: [
          { name: 'since', type: 'date', nativeType: 'date', mode: 'in', required: true },
          { name: 'top', type: 'integer', nativeType: 'int(11)', mode: 'inout', required: true },
          { name: 'total', type: 'decimal', nativeType: 'decimal(10,2)', mode: 'out', required: false },
        ],
        returns: { kind: 'unknown' },
        readOnly: true,
      },
    ])
    expect(routines.get('alter_pair')?.[0]?.readOnly).toBe(false)
    expect(routines.get('twice')?.[0]).toMatchObject({
      kind: 'function',
      readOnly: true,
      returns: { kind: 'value', type: 'bigint' },
    })
  })

  test('a catalog without a change has the same version', async () => {
    const { version } = await read()
    await database.setUp('INSERT INTO pair (a, b) VALUES (1, 2); ANALYZE TABLE pair')
    expect((await read()).version).toBe(version)
    await database.setUp('ALTER TABLE pair ADD COLUMN f INT')
    expect((await read()).version).not.toBe(version)
    await database.setUp('ALTER TABLE pair DROP COLUMN f')
  })

  test('a service that only reads offers nothing that writes', async () => {
    const { tables, routines } = await introspect(
      driver,
      { schemas: [database.target.database], tables: all, readOnly: true },
      new AbortController().signal,
    )
    expect([...tables.values()].every(({ can }) => can.read && !can.create && !can.update && !can.delete)).toBe(true)
    expect([...routines.keys()].sort()).toEqual(['report', 'twice'])
  })

  test('only tables that are included are there', async () => {
    const { tables } = await read({ tables: { include: ['p*'], exclude: ['*n'] } })
    expect([...tables.keys()]).toEqual(['pair'])
  })

  test('what the connection may not do is not offered', async () => {
    const user = `gh_${database.target.database.slice(-8)}`
    await database.setUp(`
      CREATE USER ${user}@'%' IDENTIFIED BY 'p@/#é';
      GRANT SELECT ON ${database.target.database}.pair TO ${user}@'%';
      GRANT SELECT, INSERT, DELETE ON ${database.target.database}.child TO ${user}@'%';
      GRANT SELECT (id, name), UPDATE (name) ON ${database.target.database}.types TO ${user}@'%';
    `)
    const reader = mysqlDriver({ ...database.target, user, password: 'p@/#é' }, { max: 1, idleMs: 1000 })
    try {
      const { tables } = await introspect(
        reader,
        { schemas: [database.target.database], tables: all },
        new AbortController().signal,
      )
      const can = Object.fromEntries([...tables].map(([name, table]) => [name, table.can]))
      expect(can).toEqual({
        pair: { read: true, create: false, update: false, delete: false },
        child: { read: true, create: true, update: false, delete: true },
        types: { read: true, create: false, update: true, delete: false },
      })
      expect([...(tables.get('types')?.columns.keys() ?? [])]).toEqual(['id', 'name'])
    } finally {
      await reader.close()
      await database.setUp(`DROP USER ${user}@'%'`)
    }
  })

  test('hundreds of tables are read in a few queries', async () => {
    const many = await testDatabase(server, 'many')
    try {
      const tables = Array.from(
        { length: 300 },
        (_, i) => `CREATE TABLE t${i} (id INT PRIMARY KEY, a INT, b VARCHAR(10)) ENGINE=MyISAM`,
      )
      await many.setUp(tables.join(';'))
      const { tables: found } = await read({ schemas: [many.target.database] })
      expect(found.size).toBe(300)
    } finally {
      await many.drop()
    }
  })
})
