import { createDatabase, type ScriptStep, type StoredValue } from '@gatehouse/connectors'
import { categories, products, productTags, tags } from './goods.js'
import { addresses, customers, employees, payroll } from './people.js'
import { randomFrom } from './random.js'
import { reviews, sales } from './sales.js'
import { indexesAndViews, tables } from './schema.js'

/** Any number does; with this one the shop is what the documents show. */
const seed = 20_261_121

/**
 * Makes the sample shop: twelve tables and a view, some 60,000 rows, the same at each time and place. Blocks for about
 * a second. The file appears when it is complete; see createDatabase for errors.
 */
export function makeSampleDatabase(path: string): void {
  createDatabase(path, script())
}

function* script(): Generator<ScriptStep> {
  for (const sql of tables) yield { sql }
  const random = randomFrom(seed)
  const staff = employees(random)
  yield insert('employees', staff)
  yield insert('payroll', payroll(staff, random))
  const buyers = customers(random)
  yield insert(
    'customers',
    buyers.map((buyer) => buyer.row),
  )
  yield insert('addresses', addresses(buyers, random))
  yield insert('categories', categories())
  const goods = products(random)
  yield insert(
    'products',
    goods.map((product) => product.row),
  )
  yield insert('tags', tags())
  yield insert('product_tags', productTags(goods, random))
  const sold = sales(buyers, goods, staff.length, random)
  yield insert('orders', sold.orders)
  yield insert('order_items', sold.items)
  yield insert('payments', sold.payments)
  yield insert('reviews', reviews(buyers, goods, random))
  for (const sql of indexesAndViews) yield { sql }
}

/** Values in the order of the table's columns. */
function insert(table: string, rows: readonly (readonly StoredValue[])[]): ScriptStep {
  const width = rows[0]?.length ?? 0
  return { sql: `INSERT INTO ${table} VALUES (${Array(width).fill('?').join(', ')})`, rows }
}
