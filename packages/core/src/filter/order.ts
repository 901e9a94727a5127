import type { ScalarType, Table } from '../catalog/catalog.js'
import { Failure } from '../failure.js'
import type { OrderTerm } from '../plan.js'
import { readOwnPath } from './path.js'
import { Scanner, type Subject } from './scanner.js'

/** Types whose values stand in an order. */
export const sortableTypes: ReadonlySet<ScalarType> = new Set<ScalarType>([
  'boolean',
  'integer',
  'bigint',
  'decimal',
  'float',
  'text',
  'uuid',
  'date',
  'time',
  'datetime',
  'datetimetz',
  'interval',
  'other',
])

const orderText: Subject = {
  name: 'order',
  shorter: 'Order by fewer columns',
  form: 'A term is: column [asc|desc] [nulls first|last], with commas between terms, as in total desc, name',
}

/** `field [asc|desc] [nulls first|last], ...`. Without a word on NULLs they come last ascending, first descending. */
export function parseOrder(text: string, table: Table): OrderTerm[] {
  const scanner = new Scanner(text, orderText)
  const terms: OrderTerm[] = []
  do {
    const path = readOwnPath(scanner, table)
    if (!sortableTypes.has(path.type)) {
      throw new Failure('invalid', `\`${path.column}\` cannot be ordered by: its type is ${path.type}`)
    }
    const descending = scanner.keyword('DESC')
    if (!descending) scanner.keyword('ASC')
    let nulls: 'first' | 'last' = descending ? 'first' : 'last'
    if (scanner.keyword('NULLS')) {
      if (scanner.keyword('FIRST')) nulls = 'first'
      else if (scanner.keyword('LAST')) nulls = 'last'
      else scanner.fail('FIRST or LAST')
    }
    terms.push({ path, descending, nulls })
  } while (scanner.take(','))
  if (!scanner.done) scanner.fail('a comma or the end of the order')
  return terms
}
