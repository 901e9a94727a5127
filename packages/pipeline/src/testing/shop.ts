import {
  type Catalog,
  type Column,
  type ForeignKey,
  type Grant,
  type Principal,
  type Routine,
  relate,
  type ScalarType,
  type Table,
  type Verb,
} from '@gatehouse/core'

function column(name: string, type: ScalarType, more: Partial<Column> = {}): Column {
  return { name, type, nativeType: type, nullable: true, generated: false, identity: false, ...more }
}

function table(name: string, columns: readonly Column[], more: Partial<Table> = {}): Table {
  return {
    name,
    source: { name },
    kind: 'table',
    columns: new Map(columns.map((c) => [c.name, c])),
    primaryKey: ['id'],
    uniqueKeys: [],
    foreignKeys: [],
    checks: [],
    relationships: new Map(),
    rows: 1000,
    can: { read: true, create: true, update: true, delete: true },
    ...more,
  }
}

function key(column: string, references: string): ForeignKey {
  return { name: `fk_${column}`, columns: [column], references, referencedColumns: ['id'] }
}

const id = column('id', 'integer', { nullable: false, identity: true })

const tables = [
  table(
    'customers',
    [
      id,
      column('name', 'text', { nullable: false, comment: 'As on the invoice' }),
      column('region', 'text'),
      column('email', 'text'),
      column('ssn', 'text'),
      column('score', 'integer', { default: '0' }),
    ],
    {
      uniqueKeys: [{ name: 'customers_email', columns: ['email'] }],
      checks: [{ name: 'score_positive', expression: 'score >= 0' }],
    },
  ),
  table(
    'orders',
    [
      id,
      column('customer_id', 'integer'),
      column('status', 'text'),
      column('total', 'integer'),
      column('note', 'text'),
    ],
    { foreignKeys: [key('customer_id', 'customers')] },
  ),
  table('tags', [id, column('label', 'text')]),
  table(
    'order_tags',
    [column('order_id', 'integer', { nullable: false }), column('tag_id', 'integer', { nullable: false })],
    { primaryKey: ['order_id', 'tag_id'], foreignKeys: [key('order_id', 'orders'), key('tag_id', 'tags')] },
  ),
]

export const report: Routine = {
  name: 'monthly_report',
  source: { name: 'monthly_report' },
  kind: 'procedure',
  parameters: [{ name: 'month', type: 'date', nativeType: 'date', mode: 'in', required: true }],
  returns: { kind: 'unknown' },
  readOnly: false,
}
const secretRoutine: Routine = { ...report, name: 'secret_report', source: { name: 'secret_report' } }

/** Customers with orders, which have tags: a few tables with every kind of relationship. */
export const shop: Catalog = {
  tables: relate(new Map(tables.map((t) => [t.name, t]))),
  routines: new Map([
    ['monthly_report', [report]],
    ['secret_report', [secretRoutine]],
  ]),
  version: '1',
}

export function tableOf(name: string): Table {
  const found = shop.tables.get(name)
  if (!found) throw new Error(`The shop has no table ${name}`)
  return found
}

export function grant(verbs: readonly Verb[], more: Partial<Grant> = {}): Grant {
  return { role: 'tester', verbs: new Set(verbs), mask: new Map(), ...more }
}

export const ada: Principal = {
  id: 'key:ada',
  kind: 'key',
  name: 'ada',
  roles: ['tester'],
  attributes: { region: 'north', regions: ['north', 'south'], none: [], level: 5 },
  tenant: 'default',
  scope: 'tester',
}
