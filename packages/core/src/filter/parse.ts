import type { Catalog, Column, ScalarType, Table } from '../catalog/catalog.js'
import { Failure } from '../failure.js'
import { ExactNumber, type JsonValue } from '../json.js'
import { suggest } from '../nearest.js'
import type { OrderTerm } from '../plan.js'
import type { CompareOp, Filter, FilterValue, Interval, MatchOp, Path } from './filter.js'
import { Scanner } from './scanner.js'
import { coerce } from './value.js'

/** What the names in a filter can mean. */
export interface FilterScope {
  readonly table: Table
  readonly catalog: Catalog
  /** Values of `:name`. */
  readonly params?: Readonly<Record<string, JsonValue | undefined>>
  /** `{user.name}` is allowed: policies only. */
  readonly attributes?: boolean
}

/** The most values in one IN list. */
const maxListed = 10_000

/**
 * Parses the filter language:
 *
 *     expr    = or ; or = and { OR and } ; and = not { AND not } ; not = [NOT] primary     (also || && !)
 *     primary = '(' expr ')' | path op value | path [NOT] IN '(' values ')' | path [NOT] BETWEEN value AND value
 *             | path IS [NOT] NULL
 *     path    = column | relationship '.' path | json column '->' key
 *     value   = number | 'text' | "text" | true | false | null | :param | {user.id} | now() / today() +- 7 days | word
 *
 * Every name is looked up and every value typed. Throws `invalid` with the position and what was expected.
 */
export function parseFilter(text: string, scope: FilterScope): Filter {
  const parser = new FilterParser(new Scanner(text), scope)
  return parser.whole()
}

/** A condition on groups: the names are those of the results. Throws as parseFilter does. */
export function parseHaving(
  text: string,
  columns: ReadonlyMap<string, Column>,
  params?: Readonly<Record<string, JsonValue | undefined>>,
): Filter {
  const results: Table = { ...noTable, columns }
  const catalog: Catalog = { tables: new Map(), routines: new Map(), version: '' }
  return parseFilter(text, params ? { table: results, catalog, params } : { table: results, catalog })
}

/** `field [asc|desc] [nulls first|last], ...`. Without a word on NULLs they come last ascending, first descending. */
export function parseOrder(text: string, table: Table): OrderTerm[] {
  const scanner = new Scanner(text)
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

/** The column, whose name may be spelled in another way than it was asked for; or `invalid` with the nearest name. */
export function columnNamed(table: Table, name: string, position?: number): Column {
  const column = table.columns.get(name) ?? (table.anyCase ? inAnyCase(table, name) : undefined)
  if (column) return column
  const at = position === undefined ? '' : ` at position ${position}`
  throw new Failure(
    'invalid',
    `Unknown column \`${name.slice(0, 100)}\`${table.name ? ` of \`${table.name}\`` : ''}${at}`,
    {
      hint: suggest(name, 'Columns', table.columns.keys()),
      context: position === undefined ? { column: name } : { column: name, position },
    },
  )
}

function inAnyCase({ columns }: Table, name: string): Column | undefined {
  const lower = name.toLowerCase()
  for (const column of columns.values()) if (column.name.toLowerCase() === lower) return column
  return undefined
}

export function pathOf(table: Table, name: string): Path {
  const column = columnNamed(table, name)
  return { column: column.name, keys: [], type: column.type }
}

const noTable: Table = {
  name: '',
  source: { name: '' },
  kind: 'view',
  columns: new Map(),
  primaryKey: [],
  uniqueKeys: [],
  foreignKeys: [],
  checks: [],
  relationships: new Map(),
  can: { read: true, create: false, update: false, delete: false },
}

const sortableTypes: ReadonlySet<ScalarType> = new Set<ScalarType>([
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
const matchable: ReadonlySet<ScalarType> = new Set<ScalarType>(['text', 'uuid', 'other'])
const clocked: ReadonlySet<ScalarType> = new Set<ScalarType>(['date', 'datetime', 'datetimetz'])

const symbols: readonly (readonly [string, CompareOp])[] = [
  ['<=', '<='],
  ['>=', '>='],
  ['<>', '!='],
  ['!=', '!='],
  ['==', '='],
  ['=', '='],
  ['<', '<'],
  ['>', '>'],
]
const words: ReadonlyMap<string, CompareOp> = new Map([
  ['EQ', '='],
  ['NE', '!='],
  ['GT', '>'],
  ['GTE', '>='],
  ['LT', '<'],
  ['LTE', '<='],
])

function readName(scanner: Scanner): string {
  return scanner.takeQuoted('"`') ?? scanner.takeWord() ?? scanner.fail('a column name')
}

/** `column` or `column -> key -> key`. */
function readOwnPath(scanner: Scanner, table: Table, first?: string, position?: number): Path {
  const at = position ?? scanner.at()
  const column = columnNamed(table, first ?? readName(scanner), at)
  const keys: (string | number)[] = []
  while (scanner.take('->')) {
    scanner.take('>')
    if (column.type !== 'json') {
      throw new Failure('invalid', `\`${column.name}\` has no keys: it is not a JSON column`, {
        context: { position: at },
      })
    }
    const key = scanner.takeQuoted('\'"') ?? scanner.takeKey() ?? scanner.fail('a key')
    if (key === '' || key.length > 200) scanner.fail('a key of 1 to 200 characters')
    keys.push(/^\d{1,9}$/.test(key) ? Number(key) : key)
  }
  return { column: column.name, keys, type: keys.length > 0 ? 'text' : column.type }
}

class FilterParser {
  private readonly scanner: Scanner
  private readonly scope: FilterScope

  constructor(scanner: Scanner, scope: FilterScope) {
    this.scanner = scanner
    this.scope = scope
  }

  whole(): Filter {
    const filter = this.or()
    if (!this.scanner.done) this.scanner.fail('AND, OR or the end')
    return filter
  }

  private or(): Filter {
    const filters = [this.and()]
    while (this.scanner.keyword('OR') || this.scanner.take('||')) filters.push(this.and())
    const [only] = filters
    return only && filters.length === 1 ? only : { kind: 'or', filters }
  }

  private and(): Filter {
    const filters = [this.not()]
    while (this.scanner.keyword('AND') || this.scanner.take('&&')) filters.push(this.not())
    const [only] = filters
    return only && filters.length === 1 ? only : { kind: 'and', filters }
  }

  private not(): Filter {
    const negated = (this.scanner.peekWord() === 'NOT' && this.scanner.keyword('NOT')) || this.scanner.take('!')
    if (negated) return this.scanner.nested(() => ({ kind: 'not', filter: this.not() }) as const)
    return this.primary()
  }

  private primary(): Filter {
    if (this.scanner.take('(')) {
      return this.scanner.nested(() => {
        const inner = this.or()
        if (!this.scanner.take(')')) this.scanner.fail('a closing bracket')
        return inner
      })
    }
    return this.condition(this.scope.table)
  }

  /** A condition on `table`; below a relationship, on the table at its other end. */
  private condition(table: Table): Filter {
    const position = this.scanner.at()
    const name = readName(this.scanner)
    const relationship = table.relationships.get(name)
    if (relationship && this.scanner.take('.')) {
      const other = this.scope.catalog.tables.get(relationship.table)
      if (!other) throw new Failure('internal', 'A relationship leads to a table that is not there')
      return this.scanner.nested(
        () => ({ kind: 'related', relationship: name, filter: this.condition(other) }) as const,
      )
    }
    if (!table.columns.has(name) && this.scanner.take('.')) {
      throw new Failure('invalid', `Unknown relationship \`${name}\` at position ${position}`, {
        hint: suggest(name, 'Relationships', table.relationships.keys()),
        context: { position },
      })
    }
    const path = readOwnPath(this.scanner, table, name, position)
    return this.test(path, table)
  }

  private test(path: Path, table: Table): Filter {
    const scanner = this.scanner
    for (const [symbol, op] of symbols) {
      if (scanner.take(symbol)) return this.compare(path, op, table)
    }
    if (scanner.keyword('IS')) {
      const negated = scanner.keyword('NOT')
      if (!scanner.keyword('NULL')) scanner.fail('NULL')
      return { kind: 'null', path, negated }
    }
    const negated = scanner.keyword('NOT')
    const word = scanner.peekWord()
    if (word === undefined) return scanner.fail('an operator')
    const comparison = words.get(word)
    if (comparison && !negated) {
      scanner.keyword(word)
      return this.compare(path, comparison, table)
    }
    switch (word) {
      case 'IN':
        scanner.keyword(word)
        return this.list(path, negated, table)
      case 'BETWEEN':
        scanner.keyword(word)
        return this.between(path, negated, table)
      case 'LIKE':
      case 'ILIKE':
      case 'CONTAINS':
      case 'REGEXP':
        scanner.keyword(word)
        return this.match(path, word.toLowerCase() as MatchOp, negated, table)
      case 'STARTS':
      case 'ENDS':
        scanner.keyword(word)
        if (!scanner.keyword('WITH')) scanner.fail('WITH')
        return this.match(path, word === 'STARTS' ? 'starts_with' : 'ends_with', negated, table)
      default:
        return scanner.fail(
          'an operator (= != < <= > >= IN BETWEEN LIKE ILIKE CONTAINS STARTS WITH ENDS WITH REGEXP IS)',
        )
    }
  }

  private compare(path: Path, op: CompareOp, table: Table): Filter {
    const position = this.scanner.position
    const [value, typed] = this.value(path, table)
    if (value.kind === 'literal' && value.value === null) {
      if (op === '=' || op === '!=') return { kind: 'null', path, negated: op === '!=' }
      throw new Failure('invalid', `Nothing is ${op} null at position ${position}`, {
        hint: 'Use IS NULL or IS NOT NULL',
      })
    }
    const ordered = op !== '=' && op !== '!='
    if (
      typed.type === 'json' ||
      typed.type === 'array' ||
      (ordered && (typed.type === 'boolean' || typed.type === 'binary'))
    ) {
      throw new Failure('invalid', `\`${path.column}\` cannot be compared by ${op}: its type is ${typed.type}`, {
        hint:
          typed.type === 'json'
            ? `Compare a value inside it: ${path.column} -> key = 'text'`
            : 'Use IS NULL or IS NOT NULL',
        context: { position },
      })
    }
    return { kind: 'compare', path: typed, op, value }
  }

  private list(path: Path, negated: boolean, table: Table): Filter {
    const values: FilterValue[] = []
    let typed = path
    if (!this.scanner.take('(')) {
      // `IN :ids` takes a whole list from the parameters.
      const listed = this.parameter()
      if (listed === undefined || !Array.isArray(listed))
        this.scanner.fail('an opening bracket, or a parameter that is a list')
      for (const item of listed) values.push({ kind: 'literal', value: this.coerced(item, path, table) })
    } else {
      do {
        const [value, t] = this.value(path, table)
        typed = t
        values.push(value)
      } while (this.scanner.take(','))
      if (!this.scanner.take(')')) this.scanner.fail('a comma or a closing bracket')
    }
    if (values.length > maxListed) {
      throw new Failure('invalid', `A list of IN has ${values.length} values; ${maxListed} are allowed`)
    }
    if (values.length === 0) return { kind: 'constant', value: negated }
    if (typed.type === 'json' || typed.type === 'array' || typed.type === 'binary') {
      throw new Failure('invalid', `\`${path.column}\` cannot be used with IN: its type is ${typed.type}`)
    }
    return { kind: 'in', path: typed, values, negated }
  }

  private between(path: Path, negated: boolean, table: Table): Filter {
    const [low, typed] = this.value(path, table)
    if (!this.scanner.keyword('AND') && !this.scanner.take('&&')) this.scanner.fail('AND')
    const [high] = this.value(path, table)
    if (!sortableTypes.has(typed.type) || typed.type === 'boolean') {
      throw new Failure('invalid', `\`${path.column}\` cannot be used with BETWEEN: its type is ${typed.type}`)
    }
    return { kind: 'between', path: typed, low, high, negated }
  }

  private match(path: Path, op: MatchOp, negated: boolean, table: Table): Filter {
    if (!matchable.has(path.type)) {
      throw new Failure('invalid', `\`${path.column}\` is not a text: ${op.replace('_', ' ')} needs one`, {
        hint: `The type of \`${path.column}\` is ${path.type}`,
      })
    }
    const text: Column = { ...columnNamed(table, path.column), type: 'text' }
    const { values: _any, ...free } = text
    const [value] = this.value({ ...path, type: 'text' }, { ...table, columns: new Map([[path.column, free]]) })
    if (value.kind === 'literal' && typeof value.value === 'string' && value.value.length > 1000) {
      throw new Failure('invalid', 'A pattern may have 1,000 characters')
    }
    if (value.kind === 'clock' || (value.kind === 'literal' && typeof value.value !== 'string'))
      this.scanner.fail('a text')
    return { kind: 'match', path, op, value, negated }
  }

  /** A value, typed by the path; below a JSON key, the value gives the type. */
  private value(path: Path, table: Table): [FilterValue, Path] {
    const scanner = this.scanner
    const position = scanner.at()
    const quoted = scanner.takeQuoted('\'"')
    if (quoted !== undefined) return [{ kind: 'literal', value: this.coerced(quoted, path, table, position) }, path]
    if (scanner.take('{')) return [this.attribute(), path]
    const parameter = this.parameter()
    if (parameter !== undefined) return this.typed(parameter, path, table, position)
    const bare = scanner.takeBare() ?? scanner.fail('a value')
    const lower = bare.toLowerCase()
    if ((lower === 'now' || lower === 'today') && scanner.take('(')) {
      if (!scanner.take(')')) scanner.fail('a closing bracket')
      if (!clocked.has(path.type)) {
        throw new Failure('invalid', `\`${path.column}\` is no date: it cannot be compared with ${lower}()`, {
          context: { position },
        })
      }
      const offset = this.offset()
      return [offset ? { kind: 'clock', base: lower, offset } : { kind: 'clock', base: lower }, path]
    }
    if (lower === 'null') return [{ kind: 'literal', value: null }, path]
    if (lower === 'true' || lower === 'false')
      return this.typed(path.type === 'text' && path.keys.length === 0 ? bare : lower === 'true', path, table, position)
    if (/^[+-]?(\d|\.\d)/.test(bare) && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$/.test(bare)) {
      return this.typed(new ExactNumber(bare), path, table, position)
    }
    return this.typed(bare, path, table, position)
  }

  private typed(value: JsonValue, path: Path, table: Table, position: number): [FilterValue, Path] {
    let typed = path
    if (path.keys.length > 0) {
      if (typeof value === 'boolean') typed = { ...path, type: 'boolean' }
      else if (typeof value === 'number' || value instanceof ExactNumber) typed = { ...path, type: 'decimal' }
    }
    return [{ kind: 'literal', value: this.coerced(value, typed, table, position) }, typed]
  }

  private coerced(value: JsonValue, path: Path, table: Table, position = this.scanner.position) {
    const column = columnNamed(table, path.column)
    const plain =
      path.keys.length > 0 ? { name: column.name, nativeType: 'json', type: path.type } : { ...column, type: path.type }
    // A json or array column has no comparable literal; `compare` refuses it with a better message.
    if (plain.type === 'json' || plain.type === 'array') return typeof value === 'string' ? value : null
    try {
      return coerce(value, plain)
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown
      throw new Failure('invalid', `${thrown.message} (position ${position} of the filter)`, {
        ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
        context: { position, column: column.name },
      })
    }
  }

  /** `:name`, or undefined where none comes next. */
  private parameter(): JsonValue | undefined {
    const scanner = this.scanner
    if (!scanner.take(':')) return undefined
    const name = scanner.takeWord() ?? scanner.fail('the name of a parameter')
    const params = this.scope.params ?? {}
    const value = Object.hasOwn(params, name) ? params[name] : undefined
    if (value === undefined) {
      throw new Failure('invalid', `The filter's parameter \`:${name}\` has no value`, {
        hint: `Give it in params, as in {"${name}": 1}`,
        context: { position: scanner.position },
      })
    }
    return value
  }

  private attribute(): FilterValue {
    const scanner = this.scanner
    if (!this.scope.attributes) scanner.fail('a value ({user...} is for row policies only)')
    if (!scanner.keyword('USER') || !scanner.take('.')) scanner.fail('user.name')
    const name = scanner.takeWord() ?? scanner.fail('the name of an attribute')
    if (!scanner.take('}')) scanner.fail('a closing }')
    return { kind: 'attribute', name }
  }

  /** `- 7 days`, `+ interval '1 month'`. */
  private offset(): Interval | undefined {
    const scanner = this.scanner
    const sign = scanner.take('-') ? -1 : scanner.take('+') ? 1 : 0
    if (sign === 0) return undefined
    scanner.keyword('INTERVAL')
    const quoted = scanner.takeQuoted('\'"')
    const inner = quoted === undefined ? scanner : new Scanner(quoted)
    const amount = inner.takeBare() ?? scanner.fail('a whole number and a unit, as in 7 days')
    const unit = (inner.takeWord() ?? '').toLowerCase().replace(/s$/, '')
    if (!/^\d{1,6}$/.test(amount) || !isUnit(unit)) return scanner.fail('a whole number and a unit, as in 7 days')
    return { amount: sign * Number(amount), unit }
  }
}

function isUnit(unit: string): unit is Interval['unit'] {
  return ['second', 'minute', 'hour', 'day', 'week', 'month', 'year'].includes(unit)
}
