import type { ScalarType, Table } from '../catalog/catalog.js'
import { Failure } from '../failure.js'
import { ExactNumber, type JsonValue } from '../json.js'
import type { FilterValue, Interval, Path } from './filter.js'
import { columnNamed } from './path.js'
import { Scanner } from './scanner.js'
import { coerce } from './value.js'

/** Where values may come from beside the text. */
export interface ValueScope {
  /** Values of `:name`. */
  readonly params?: Readonly<Record<string, JsonValue | undefined>>
  /** `{user.name}` is allowed: policies only. */
  readonly attributes?: boolean
}

const clocked: ReadonlySet<ScalarType> = new Set<ScalarType>(['date', 'datetime', 'datetimetz'])

/** Reads the values of the filter language, each typed by what it stands beside. */
export class ValueReader {
  private readonly scanner: Scanner
  private readonly scope: ValueScope

  constructor(scanner: Scanner, scope: ValueScope) {
    this.scanner = scanner
    this.scope = scope
  }

  /** A value, typed by the path; below a JSON key, the value gives the type. */
  read(path: Path, table: Table): [FilterValue, Path] {
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

  /** A value as one of the type of the path. */
  coerced(value: JsonValue, path: Path, table: Table, position = this.scanner.position) {
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
  parameter(): JsonValue | undefined {
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
    const start = scanner.at()
    const quoted = scanner.takeQuoted('\'"')
    const inner = quoted === undefined ? scanner : new Scanner(quoted)
    const amount = inner.takeBare() ?? scanner.fail('a whole number and a unit, as in 7 days')
    const unit = (inner.takeWord() ?? '').toLowerCase().replace(/s$/, '')
    if (!/^\d{1,6}$/.test(amount) || !isUnit(unit)) {
      scanner.position = start
      return scanner.fail('a whole number and a unit, as in 7 days')
    }
    return { amount: sign * Number(amount), unit }
  }
}

function isUnit(unit: string): unit is Interval['unit'] {
  return ['second', 'minute', 'hour', 'day', 'week', 'month', 'year'].includes(unit)
}
