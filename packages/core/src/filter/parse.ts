import type { Catalog, Column, ScalarType, Table } from '../catalog/catalog.js'
import { Failure } from '../failure.js'
import type { JsonValue } from '../json.js'
import { suggest } from '../nearest.js'
import type { CompareOp, Filter, FilterValue, MatchOp, Path } from './filter.js'
import { sortableTypes } from './order.js'
import { columnNamed, readName, readOwnPath } from './path.js'
import { ValueReader, type ValueScope } from './read-value.js'
import { Scanner } from './scanner.js'

/** What the names in a filter can mean. */
export interface FilterScope extends ValueScope {
  readonly table: Table
  readonly catalog: Catalog
  /** Of a condition on results: the one that a call such as `SUM(total)` stands for. Absent: there are no calls. */
  readonly resultOf?: ResultOf
}

/** The result that a call stands for, by the text of the call. Throws `invalid`. */
type ResultOf = (call: string) => Column

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

/** A condition on groups: the names are those of the results, or calls that stand for one. Throws as parseFilter does. */
export function parseHaving(
  text: string,
  columns: ReadonlyMap<string, Column>,
  resultOf: ResultOf,
  params?: Readonly<Record<string, JsonValue | undefined>>,
): Filter {
  const results: Table = { ...noTable, columns }
  const catalog: Catalog = { tables: new Map(), routines: new Map(), version: '' }
  return parseFilter(text, { table: results, catalog, resultOf, ...(params && { params }) })
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

const matchable: ReadonlySet<ScalarType> = new Set<ScalarType>(['text', 'uuid', 'other'])

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

class FilterParser {
  private readonly scanner: Scanner
  private readonly scope: FilterScope
  private readonly values: ValueReader

  constructor(scanner: Scanner, scope: FilterScope) {
    this.scanner = scanner
    this.scope = scope
    this.values = new ValueReader(scanner, scope)
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
    const { resultOf } = this.scope
    const named = resultOf && this.scanner.take('(') ? resultOf(this.call(position)).name : name
    const path = readOwnPath(this.scanner, table, named, position)
    return this.test(path, table)
  }

  /** The text of a call of which the name and the bracket are read: `COUNT(*)`, `SUM(total)`, `COUNT(DISTINCT name)`. */
  private call(start: number): string {
    const { scanner } = this
    let closed = false
    if (!scanner.take('*')) {
      const distinct = readName(scanner).toUpperCase() === 'DISTINCT'
      closed = scanner.take(')')
      if (distinct && !closed) readName(scanner)
    }
    if (!closed && !scanner.take(')')) scanner.fail('a closing bracket')
    return scanner.text.slice(start, scanner.position)
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
    const [value, typed] = this.values.read(path, table)
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
      const listed = this.values.parameter()
      if (listed === undefined || !Array.isArray(listed))
        this.scanner.fail('an opening bracket, or a parameter that is a list')
      for (const item of listed) values.push({ kind: 'literal', value: this.values.coerced(item, path, table) })
    } else {
      do {
        const [value, t] = this.values.read(path, table)
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
    const [low, typed] = this.values.read(path, table)
    if (!this.scanner.keyword('AND') && !this.scanner.take('&&')) this.scanner.fail('AND')
    const [high] = this.values.read(path, table)
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
    const [value] = this.values.read({ ...path, type: 'text' }, { ...table, columns: new Map([[path.column, free]]) })
    if (value.kind === 'literal' && typeof value.value === 'string' && value.value.length > 1000) {
      throw new Failure('invalid', 'A pattern may have 1,000 characters')
    }
    if (value.kind === 'clock' || (value.kind === 'literal' && typeof value.value !== 'string'))
      this.scanner.fail('a text')
    return { kind: 'match', path, op, value, negated }
  }
}
