import {
  type Capabilities,
  type Catalog,
  type Column,
  type ForeignKey,
  type Operation,
  type Plan,
  type Routine,
  relate,
  type ScalarType,
  type Service,
  type Table,
} from '@gatehouse/core'
import { operationsOf } from '../operations-of.js'

/** A catalog made by hand for the unit tests: a shop. */

export function column(name: string, type: ScalarType, more: Partial<Column> = {}): Column {
  return { name, type, nativeType: type, nullable: false, generated: false, identity: false, ...more }
}

export function table(name: string, columns: readonly Column[], more: Partial<Table> = {}): Table {
  return {
    name,
    source: { name },
    kind: 'table',
    columns: new Map(columns.map((c) => [c.name, c])),
    primaryKey: [],
    uniqueKeys: [],
    foreignKeys: [],
    checks: [],
    relationships: new Map(),
    can: { read: true, create: true, update: true, delete: true },
    ...more,
  }
}

const id = (type: ScalarType = 'integer') => column('id', type, { identity: true })
const refers = (name: string, references: string): ForeignKey => ({
  name: `fk_${name}`,
  columns: [name],
  references,
  referencedColumns: ['id'],
})
const readOnly = { read: true, create: false, update: false, delete: false }

const tables: readonly Table[] = [
  table(
    'customers',
    [
      id(),
      column('name', 'text', { length: 80, comment: 'Full\u0000 name\nof the customer' }),
      column('email', 'text', { length: 120, nullable: true }),
      column('segment', 'text', { values: ['consumer', 'business'] }),
      column('country', 'text', { length: 2, nullable: true }),
      column('created_at', 'datetimetz', { default: 'now()' }),
      column('profile', 'json', { nullable: true }),
      column('photo', 'binary', { nullable: true }),
    ],
    {
      primaryKey: ['id'],
      uniqueKeys: [{ name: 'customers_email', columns: ['email'] }],
      comment: 'Who buys',
      rows: 100,
    },
  ),
  table(
    'orders',
    [
      id('bigint'),
      column('customer_id', 'integer'),
      column('status', 'text', { values: ['open', 'paid', 'sent'] }),
      column('order_date', 'date'),
      column('total', 'decimal', { precision: 12, scale: 2 }),
      column('gross', 'decimal', { generated: true, nullable: true }),
      column('weight', 'float', { nullable: true }),
      column('gift', 'boolean', { default: 'false' }),
      column('note', 'text', { nullable: true }),
    ],
    { primaryKey: ['id'], foreignKeys: [refers('customer_id', 'customers')] },
  ),
  table(
    'order_items',
    [
      column('order_id', 'bigint'),
      column('line', 'integer'),
      column('product_id', 'uuid'),
      column('quantity', 'integer'),
      column('price', 'decimal'),
    ],
    { primaryKey: ['order_id', 'line'], foreignKeys: [refers('order_id', 'orders'), refers('product_id', 'products')] },
  ),
  table('products', [column('id', 'uuid'), column('sku', 'text'), column('name', 'text'), column('price', 'decimal')], {
    primaryKey: ['id'],
    uniqueKeys: [{ name: 'products_sku', columns: ['sku'] }],
  }),
  table('product_tags', [column('product_id', 'uuid'), column('tag_id', 'text')], {
    primaryKey: ['product_id', 'tag_id'],
    foreignKeys: [refers('product_id', 'products'), refers('tag_id', 'tags')],
  }),
  table('tags', [column('id', 'text'), column('label', 'text')], { primaryKey: ['id'] }),
  table('employees', [id(), column('name', 'text'), column('boss_id', 'integer', { nullable: true })], {
    primaryKey: ['id'],
    foreignKeys: [refers('boss_id', 'employees')],
  }),
  table('salaries', [id(), column('employee_id', 'integer'), column('amount', 'decimal', { mask: 'null' })], {
    primaryKey: ['id'],
    foreignKeys: [refers('employee_id', 'employees')],
  }),
  table(
    'totals',
    [column('country', 'text'), column('total', 'decimal', { nullable: true }), column('extra', 'json')],
    {
      kind: 'view',
      can: readOnly,
    },
  ),
  table('vaults', [column('code', 'text', { mask: 'hash' }), column('slot', 'integer')], {
    primaryKey: ['code'],
    uniqueKeys: [{ name: 'vaults_slot', columns: ['slot'] }],
  }),
]

export function routine(name: string, more: Partial<Routine> = {}): Routine {
  return {
    name,
    source: { name },
    kind: 'function',
    parameters: [],
    returns: { kind: 'unknown' },
    readOnly: false,
    ...more,
  }
}

export const parameter = (
  name: string,
  type: ScalarType,
  more: Partial<Routine['parameters'][number]> = {},
): Routine['parameters'][number] => ({ name, type, nativeType: type, mode: 'in', required: true, ...more })

const routines: ReadonlyMap<string, readonly Routine[]> = new Map([
  [
    'monthly_report',
    [
      routine('monthly_report', {
        kind: 'procedure',
        parameters: [
          parameter('year', 'integer'),
          parameter('month', 'integer', { required: false }),
          parameter('rows', 'integer', { mode: 'out' }),
        ],
      }),
    ],
  ],
  [
    'find_orders',
    [
      routine('find_orders', {
        readOnly: true,
        parameters: [parameter('customer_id', 'integer')],
        returns: { kind: 'rows', columns: [{ name: 'id', type: 'bigint', nativeType: 'bigint' }] },
        handle: 'by id',
      }),
      routine('find_orders', { readOnly: true, parameters: [parameter('status', 'text')], handle: 'by status' }),
      routine('find_orders', {
        parameters: [parameter('since', 'date'), parameter('until', 'date')],
        handle: 'by dates',
      }),
    ],
  ],
])

export const shop: Catalog = {
  tables: relate(new Map(tables.map((t) => [t.name, t]))),
  routines,
  version: '1',
}

const everything: Capabilities = {
  transactions: true,
  upsert: true,
  aggregates: ['count', 'sum', 'avg', 'min', 'max'],
  routines: true,
  regexp: true,
  related: true,
}

/** A service that is never connected: planning is pure. */
export function service(more: Partial<Service> = {}, capabilities: Partial<Capabilities> = {}): Service {
  const closed = () => Promise.reject(new Error('Planning asks no source'))
  return {
    name: 'salesdb',
    type: 'sqlite',
    label: 'Sales',
    description: '',
    family: 'database',
    state: 'up',
    catalog: shop,
    connector: {
      capabilities: { ...everything, ...capabilities },
      introspect: closed,
      execute: closed,
      close: closed,
    },
    maxRecords: 1000,
    timeoutMs: 30_000,
    ...more,
  }
}

export const limits = { fallback: 100, most: 1000 } as const

export function operation(operations: readonly Operation[], name: string): Operation {
  const found = operations.find((o) => o.name === name)
  if (!found) throw new Error(`There is no operation ${name}`)
  return found
}

const shopOperations = operationsOf(service(), shop)

/** The plan of one operation of the shop, which must be of this kind. */
export function planned<K extends Plan['kind']>(
  kind: K,
  name: string,
  input: Parameters<Operation['plan']>[0],
): Extract<Plan, { kind: K }> {
  const plan = operation(shopOperations, name).plan(input, limits)
  if (!isKind(plan, kind)) throw new Error(`${name} planned ${plan.kind}`)
  return plan
}

function isKind<K extends Plan['kind']>(plan: Plan, kind: K): plan is Extract<Plan, { kind: K }> {
  return plan.kind === kind
}
