import { type Cell, type Link, links, type Row, type TableName, type World } from './world.js'

/** A condition on the rows of one table: printed for the gateway, evaluated here by other code than the gateway's. */
export type Condition =
  | { readonly is: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly is: 'not'; readonly part: Condition }
  | { readonly is: 'compare'; readonly column: string; readonly op: string; readonly value: Value }
  | { readonly is: 'in'; readonly column: string; readonly values: readonly Value[]; readonly negated: boolean }
  | {
      readonly is: 'between'
      readonly column: string
      readonly low: number
      readonly high: number
      readonly negated: boolean
    }
  | { readonly is: 'null'; readonly column: string; readonly negated: boolean }
  | {
      readonly is: 'match'
      readonly column: string
      readonly op: string
      readonly text: string
      readonly negated: boolean
    }
  | { readonly is: 'related'; readonly link: string; readonly part: Condition }

export type Value = { readonly literal: number | string } | { readonly attribute: string }
export type Attributes = Readonly<Record<string, number | string | readonly string[]>>

export function print(condition: Condition): string {
  switch (condition.is) {
    case 'and':
    case 'or':
      return condition.parts.map((part) => `(${print(part)})`).join(` ${condition.is} `)
    case 'not':
      return `not (${print(condition.part)})`
    case 'compare':
      return `${condition.column} ${condition.op} ${printValue(condition.value)}`
    case 'in':
      return `${condition.column} ${condition.negated ? 'not ' : ''}in (${condition.values.map(printValue).join(', ')})`
    case 'between':
      return `${condition.column} ${condition.negated ? 'not ' : ''}between ${condition.low} and ${condition.high}`
    case 'null':
      return `${condition.column} is ${condition.negated ? 'not ' : ''}null`
    case 'match':
      return `${condition.column} ${condition.negated ? 'not ' : ''}${condition.op} '${condition.text.replaceAll("'", "''")}'`
    case 'related':
      return `${condition.link}.${print(condition.part)}`
    default:
      return condition satisfies never
  }
}

function printValue(value: Value): string {
  if ('attribute' in value) return `{user.${value.attribute}}`
  return typeof value.literal === 'number' ? String(value.literal) : `'${value.literal.replaceAll("'", "''")}'`
}

/** Whom a related row is there for: everybody in a policy; in a client's filter, whoever may read it by these columns. */
type Sees = (table: TableName, row: Row, columns: ReadonlySet<string>) => boolean

export interface Scene {
  readonly rows: World
  readonly attributes: Attributes
  readonly sees: Sees
}

/** With SQL's three truth values. */
export function evaluate(condition: Condition, table: TableName, row: Row, scene: Scene): boolean | null {
  switch (condition.is) {
    case 'and':
      return every(condition.parts.map((part) => evaluate(part, table, row, scene)))
    case 'or':
      return not(every(condition.parts.map((part) => not(evaluate(part, table, row, scene)))))
    case 'not':
      return not(evaluate(condition.part, table, row, scene))
    case 'null':
      return ((row[condition.column] ?? null) === null) !== condition.negated
    case 'compare':
      return compare(row[condition.column] ?? null, condition.op, only(condition.value, scene.attributes))
    case 'between': {
      const cell = row[condition.column] ?? null
      const inside = every([compare(cell, '>=', condition.low), compare(cell, '<=', condition.high)])
      return condition.negated ? not(inside) : inside
    }
    case 'in': {
      const cell = row[condition.column] ?? null
      const listed = condition.values.flatMap((value) => all(value, scene.attributes))
      const found = not(every(listed.map((value) => not(compare(cell, '=', value)))))
      return condition.negated ? not(found) : found
    }
    case 'match': {
      const cell = row[condition.column] ?? null
      if (cell === null) return null
      const [text, part] = [String(cell), condition.text]
      const met =
        condition.op === 'contains'
          ? text.includes(part)
          : condition.op === 'starts with'
            ? text.startsWith(part)
            : text.endsWith(part)
      return met !== condition.negated
    }
    case 'related': {
      const link = linkOf(table, condition.link)
      const columns = new Set([...link.foreign, ...columnsOf(condition.part, link.table)])
      return linked(row, link, scene).some(
        (other) =>
          scene.sees(link.table, other, columns) && evaluate(condition.part, link.table, other, scene) === true,
      )
    }
    default:
      return condition satisfies never
  }
}

/** Columns of the table at hand that a condition reads; those that link it to others among them. */
export function columnsOf(condition: Condition, table: TableName): ReadonlySet<string> {
  switch (condition.is) {
    case 'and':
    case 'or':
      return new Set(condition.parts.flatMap((part) => [...columnsOf(part, table)]))
    case 'not':
      return columnsOf(condition.part, table)
    case 'related':
      return new Set(linkOf(table, condition.link).columns)
    default:
      return new Set([condition.column])
  }
}

/** Each look into another table that a condition takes: the table, and the columns that it reads there. */
export function looksInto(condition: Condition, table: TableName): readonly (readonly [TableName, Set<string>])[] {
  switch (condition.is) {
    case 'and':
    case 'or':
      return condition.parts.flatMap((part) => looksInto(part, table))
    case 'not':
      return looksInto(condition.part, table)
    case 'related': {
      const link = linkOf(table, condition.link)
      const columns = new Set([...link.foreign, ...columnsOf(condition.part, link.table)])
      const between: readonly (readonly [TableName, Set<string>])[] = link.junction
        ? [['wearing', new Set([link.junction.near, link.junction.far])]]
        : []
      return [[link.table, columns], ...between, ...looksInto(condition.part, link.table)]
    }
    default:
      return []
  }
}

function linkOf(table: TableName, name: string): Link {
  const link = links[table][name]
  if (!link) throw new Error(`${table} has no relationship ${name}`)
  return link
}

function linked(row: Row, link: Link, scene: Scene): readonly Row[] {
  const own = row[link.columns[0] ?? ''] ?? null
  if (own === null) return []
  const { junction } = link
  if (!junction) return scene.rows[link.table].filter((other) => other[link.foreign[0] ?? ''] === own)
  const columns = new Set([junction.near, junction.far])
  const far = scene.rows.wearing
    .filter((between) => between[junction.near] === own && scene.sees('wearing', between, columns))
    .map((between) => between[junction.far])
  return scene.rows[link.table].filter((other) => far.includes(other.id ?? null))
}

function compare(a: Cell, op: string, b: Cell): boolean | null {
  if (a === null || b === null) return null
  switch (op) {
    case '=':
      return a === b
    case '!=':
      return a !== b
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    case '>=':
      return a >= b
    default:
      throw new Error(`No operator ${op}`)
  }
}

function every(parts: readonly (boolean | null)[]): boolean | null {
  if (parts.includes(false)) return false
  return parts.includes(null) ? null : true
}

function not(truth: boolean | null): boolean | null {
  return truth === null ? null : !truth
}

function only(value: Value, attributes: Attributes): Cell {
  const [first] = all(value, attributes)
  return first ?? null
}

function all(value: Value, attributes: Attributes): readonly Cell[] {
  if ('literal' in value) return [value.literal]
  const known = attributes[value.attribute]
  if (known === undefined) throw new Error(`No attribute ${value.attribute}`)
  return typeof known === 'object' ? known : [known]
}
