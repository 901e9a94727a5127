import type { Backend, ColumnKind } from '../backends/backend.js'

/** A column: its kind, and what follows the type. */
type Columns = Readonly<Record<string, readonly [kind: ColumnKind, constraint?: string]>>

interface ShopTable {
  readonly columns: Columns
  /** Table constraints; names in `[brackets]` are quoted for the database. */
  readonly constraints?: readonly string[]
}

/** The schema of the conformance tests, in the order in which tables can be made. */
const shopTables: Readonly<Record<string, ShopTable>> = {
  customers: {
    columns: {
      id: ['identity'],
      name: ['name', 'NOT NULL'],
      email: ['name', 'NULL UNIQUE'],
      country: ['code', "NOT NULL DEFAULT 'DE'"],
      segment: ['code', "NULL CHECK (segment IN ('consumer', 'smb', 'enterprise'))"],
      balance: ['decimal', 'NULL'],
      active: ['boolean', 'NOT NULL DEFAULT TRUE'],
      birthday: ['date', 'NULL'],
      ssn: ['code', 'NULL'],
    },
  },
  orders: {
    columns: {
      id: ['identity'],
      customer_id: ['bigint', 'NOT NULL'],
      status: ['code', "NOT NULL DEFAULT 'open'"],
      total: ['decimal', 'NULL'],
      ordered_at: ['datetime', 'NULL'],
      note: ['text', 'NULL'],
    },
    constraints: ['CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id)'],
  },
  order_items: {
    columns: {
      order_id: ['bigint', 'NOT NULL'],
      line_no: ['integer', 'NOT NULL'],
      product: ['name', 'NOT NULL'],
      quantity: ['integer', 'NOT NULL'],
      price: ['decimal', 'NOT NULL'],
    },
    constraints: [
      'PRIMARY KEY (order_id, line_no)',
      'CONSTRAINT items_order FOREIGN KEY (order_id) REFERENCES orders (id)',
    ],
  },
  tags: { columns: { id: ['identity'], label: ['name', 'NOT NULL UNIQUE'] } },
  customer_tags: {
    columns: { customer_id: ['bigint', 'NOT NULL'], tag_id: ['bigint', 'NOT NULL'] },
    constraints: [
      'PRIMARY KEY (customer_id, tag_id)',
      'CONSTRAINT tagged FOREIGN KEY (customer_id) REFERENCES customers (id)',
      'CONSTRAINT tag FOREIGN KEY (tag_id) REFERENCES tags (id)',
    ],
  },
  employees: {
    columns: { id: ['identity'], name: ['name', 'NOT NULL'], manager_id: ['bigint', 'NULL'] },
    constraints: ['CONSTRAINT manager FOREIGN KEY (manager_id) REFERENCES employees (id)'],
  },
  every_type: {
    columns: {
      id: ['identity'],
      a_boolean: ['boolean', 'NULL'],
      an_integer: ['integer', 'NULL'],
      a_bigint: ['bigint', 'NULL'],
      a_decimal: ['exact', 'NULL'],
      a_float: ['float', 'NULL'],
      a_text: ['text', 'NULL'],
      a_uuid: ['uuid', 'NULL'],
      a_date: ['date', 'NULL'],
      a_time: ['time', 'NULL'],
      a_datetime: ['datetime', 'NULL'],
      a_datetimetz: ['datetimetz', 'NULL'],
      a_binary: ['binary', 'NULL'],
      a_json: ['json', 'NULL'],
    },
  },
  journal: { columns: { happened: ['name', 'NOT NULL'], weight: ['integer', 'NULL'] } },
  'Odd "Näme` of\ta table': {
    columns: {
      id: ['identity'],
      select: ['integer', 'NULL'],
      'two words': ['name', 'NULL'],
      'quo"te`d': ['name', 'NULL'],
      größe: ['integer', 'NULL'],
    },
  },
}

export const oddTable = 'Odd "Näme` of\ta table'

/** The statements that make the schema. */
export function shopStatements(backend: Backend): string[] {
  const { types, words = {}, uniqueButNull, holdable = String } = backend
  const quote = (name: string) => backend.quote(holdable(name))
  const statements = Object.entries(shopTables).flatMap(([name, { columns, constraints = [] }]) => {
    const indexes: string[] = []
    const lines = Object.entries(columns).map(([column, [kind, constraint = '']]) => {
      const said = constraint.replace(/\b[A-Z]+\b/g, (word) => words[word] ?? word)
      if (!uniqueButNull || !said.startsWith('NULL UNIQUE')) return `${quote(column)} ${types[kind]} ${said}`
      indexes.push(uniqueButNull(name, column))
      return `${quote(column)} ${types[kind]} NULL`
    })
    return [`CREATE TABLE ${quote(name)} (${[...lines, ...constraints].join(', ')})`, ...indexes]
  })
  statements.push(
    'CREATE VIEW customer_totals AS SELECT c.id, c.name, COUNT(o.id) AS orders FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id, c.name',
    backend.slowView,
    ...(backend.routines ?? []),
  )
  return statements
}

export interface Customer {
  readonly name: string
  readonly email: string | null
  readonly country: string
  readonly segment: string | null
  readonly balance: number | null
  readonly active: boolean
  readonly birthday: string | null
  readonly ssn: string
}

const countries = ['DE', 'FR', 'US'] as const
const segments = ['consumer', 'smb', 'enterprise', null] as const

/** 60 customers: known by arithmetic, so that tests can say what must come back. Ids count from 1. */
export const customers: readonly Customer[] = Array.from({ length: 60 }, (_, i) => ({
  name: `Customer ${String(i + 1).padStart(2, '0')}`,
  email: i % 10 === 9 ? null : `customer${i + 1}@example.com`,
  country: countries[i % 3] ?? 'DE',
  segment: segments[i % 4] ?? null,
  balance: i % 7 === 6 ? null : i * 10 + 0.5,
  active: i % 5 !== 0,
  birthday: i % 6 === 5 ? null : `19${String(60 + (i % 40)).padStart(2, '0')}-0${(i % 9) + 1}-15`,
  ssn: `900-00-${String(1000 + i)}`,
}))

const statuses = ['open', 'paid', 'shipped'] as const

/** 120 orders, two a customer; ids count from 1. */
export const orders = Array.from({ length: 120 }, (_, i) => ({
  customer_id: (i % 60) + 1,
  status: statuses[i % 3] ?? 'open',
  total: (i + 1) * 2.5,
  ordered_at: `2026-${String((i % 12) + 1).padStart(2, '0')}-10T08:30:00`,
  note: i % 4 === 0 ? null : `50% of ${i}_${i}`,
}))

/** Two lines an order. */
export const orderItems = orders.flatMap((_, i) => [
  { order_id: i + 1, line_no: 1, product: `Product ${i % 10}`, quantity: (i % 5) + 1, price: 9.99 },
  { order_id: i + 1, line_no: 2, product: `Product ${(i + 3) % 10}`, quantity: 1, price: 100 },
])

export const tags = [{ label: 'vip' }, { label: 'new' }, { label: 'late payer' }]
export const customerTags = [1, 2, 3, 4].flatMap((customer_id) =>
  (customer_id % 2 === 0 ? [1, 2] : [1]).map((tag_id) => ({ customer_id, tag_id })),
)
export const employees = [
  { name: 'Ada', manager_id: null },
  { name: 'Ben', manager_id: 1 },
  { name: 'Cem', manager_id: 1 },
  { name: 'Dora', manager_id: 2 },
]
