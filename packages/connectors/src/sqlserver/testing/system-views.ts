import type { Raw } from '../../sql/driver.js'
import {
  checksQuery,
  columnsQuery,
  foreignKeysQuery,
  keysQuery,
  parametersQuery,
  resultsQuery,
  routinesQuery,
  serverQuery,
  tablesQuery,
  tableTypesQuery,
} from '../introspect-queries.js'
import type { Answer } from './session-double.js'

/** A column as `sys.columns` has it: its type as it is declared, and what else is to be said. */
interface DeclaredColumn {
  readonly type: string
  readonly nullable?: boolean
  readonly identity?: boolean
  readonly generated?: boolean
  readonly default?: string
  readonly collation?: string
  readonly comment?: string
  readonly hidden?: boolean
}

interface DeclaredTable {
  readonly schema?: string
  readonly kind?: 'table' | 'view' | 'history'
  readonly columns: Readonly<Record<string, string | DeclaredColumn>>
  /** Unique indexes: `PK_...` is the primary key. */
  readonly keys?: Readonly<
    Record<string, readonly string[] | { readonly columns: readonly string[]; readonly filter: string }>
  >
  readonly foreign?: Readonly<
    Record<
      string,
      {
        readonly columns: readonly string[]
        readonly table: string
        readonly to: readonly string[]
        readonly schema?: string
      }
    >
  >
  readonly checks?: Readonly<Record<string, string>>
  readonly rows?: number
  readonly comment?: string
  /** Rights that are missing. */
  readonly denied?: readonly ('SELECT' | 'INSERT' | 'UPDATE' | 'DELETE')[]
}

interface DeclaredRoutine {
  readonly schema?: string
  readonly type: 'P' | 'FN' | 'IF' | 'TF' | 'PC'
  readonly definition?: string
  /** With their `@`; of a function `''` is what it returns. A table type as `table schema.name`. */
  readonly parameters?: Readonly<
    Record<string, string | { readonly type: string; readonly output?: boolean; readonly cursor?: boolean }>
  >
  readonly columns?: Readonly<Record<string, string>>
  readonly comment?: string
}

export interface Declared {
  readonly version?: number
  readonly edition?: number
  readonly compatibility?: number
  readonly readOnly?: boolean
  readonly tables: Readonly<Record<string, DeclaredTable>>
  readonly routines?: Readonly<Record<string, DeclaredRoutine>>
  readonly tableTypes?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

type Rows = readonly (readonly Raw[])[]

/**
 * What the system views would answer of such a database, made by hand for their shape: the rows of each introspection
 * query. Undefined for any other text.
 */
export function systemViews(declared: Declared): (text: string) => Answer | undefined {
  const rows = rowsOf(declared)
  return (text) => {
    const found = rows.get(text)
    return found && { sets: [{ rows: found }] }
  }
}

function rowsOf(declared: Declared): ReadonlyMap<string, Rows> {
  const { tables, routines = {}, tableTypes = {} } = declared
  const named = Object.entries(tables).map(([name, table], i) => ({
    name,
    table,
    id: 1000 + i,
    schema: table.schema ?? 'dbo',
  }))
  const called = Object.entries(routines).map(([name, routine], i) => ({
    name,
    routine,
    id: 5000 + i,
    schema: routine.schema ?? 'dbo',
  }))
  return new Map<string, Rows>([
    [
      serverQuery.text,
      [
        [
          declared.version ?? 16,
          declared.edition ?? 3,
          declared.compatibility ?? 160,
          declared.readOnly ? 0 : 1,
          'dbo',
        ],
      ],
    ],
    [
      tablesQuery.text,
      named.map(({ id, schema, name, table }) => {
        const may = (right: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE') =>
          table.denied?.includes(right) || (table.kind === 'view' && right !== 'SELECT') ? 0 : 1
        const kind = [table.kind === 'view' ? 1 : 0, table.kind === 'history' ? 1 : 0]
        const rights = [may('SELECT'), may('INSERT'), may('UPDATE'), may('DELETE')]
        return [
          id,
          schema,
          name,
          ...kind,
          table.rows === undefined ? null : String(table.rows),
          table.comment ?? null,
          ...rights,
        ]
      }),
    ],
    [
      columnsQuery.text,
      [
        ...named.flatMap(({ id, table }) =>
          Object.entries(table.columns).map(([name, column]) => columnRow(id, name, column)),
        ),
        ...called.flatMap(({ id, routine }) =>
          Object.entries(routine.columns ?? {}).map(([name, column]) => columnRow(id, name, column)),
        ),
      ],
    ],
    [
      keysQuery.text,
      named.flatMap(({ id, table }) =>
        Object.entries(table.keys ?? {}).flatMap(([name, key]) => {
          const { columns, filter } = 'columns' in key ? key : { columns: key, filter: null }
          return columns.map((column) => [id, name, name.startsWith('PK_') ? 1 : 0, column, filter])
        }),
      ),
    ],
    [
      foreignKeysQuery.text,
      named.flatMap(({ id, table }) =>
        Object.entries(table.foreign ?? {}).flatMap(([name, key]) =>
          key.columns.map((column, i) => [id, name, column, key.schema ?? 'dbo', key.table, key.to[i] ?? '']),
        ),
      ),
    ],
    [
      checksQuery.text,
      named.flatMap(({ id, table }) => Object.entries(table.checks ?? {}).map(([name, text]) => [id, name, text])),
    ],
    [
      routinesQuery.text,
      called.map(({ id, schema, name, routine }) => [
        id,
        schema,
        name,
        routine.type,
        routine.comment ?? null,
        routine.definition ?? null,
        '2026-11-21T10:00:00.123',
      ]),
    ],
    [
      parametersQuery.text,
      called.flatMap(({ id, routine }) => {
        const scalar = routine.type === 'FN'
        return Object.entries(routine.parameters ?? {}).map(([name, parameter], i) => {
          const {
            type,
            output = false,
            cursor = false,
          } = typeof parameter === 'string' ? { type: parameter } : parameter
          const [tableSchema = null, tableType = null] = type.startsWith('table ')
            ? type.slice('table '.length).split('.')
            : []
          const cells = tableType === null ? typeCells(type) : [null, null, -1, 0, 0]
          return [id, scalar ? i : i + 1, name, ...cells, output ? 1 : 0, 0, cursor ? 1 : 0, tableSchema, tableType]
        })
      }),
    ],
    [
      tableTypesQuery.text,
      Object.entries(tableTypes).flatMap(([place, columns]) => {
        const [schema = '', type = ''] = place.split('.')
        return Object.entries(columns).map(([name, declaration]) => [schema, type, name, ...typeCells(declaration), 0])
      }),
    ],
    [
      resultsQuery.text,
      called.flatMap(({ id, routine }) =>
        routine.type === 'P' ? Object.entries(routine.columns ?? {}).map(([name, type]) => [id, name, type]) : [],
      ),
    ],
  ])
}

function columnRow(id: number, name: string, column: string | DeclaredColumn): readonly Raw[] {
  const { type, ...rest }: DeclaredColumn = typeof column === 'string' ? { type: column } : column
  const text = /char|text/.test(type)
  return [
    id,
    name,
    ...typeCells(type),
    (rest.nullable ?? true) ? 1 : 0,
    rest.identity ? 1 : 0,
    rest.generated || /^(timestamp|rowversion)$/.test(type) ? 1 : 0,
    rest.collation ?? (text ? 'SQL_Latin1_General_CP1_CI_AS' : null),
    rest.default ?? null,
    rest.comment ?? null,
    rest.hidden ? 0 : 1,
  ]
}

/** Of `nvarchar(100)`: the system type, the type's own name, and its length in bytes, precision and scale. */
function typeCells(declaration: string): readonly Raw[] {
  const [, name = '', size = '', second = ''] = /^(\S+?)(?:\((max|\d+)(?:,\s*(\d+))?\))?$/.exec(declaration) ?? []
  const numbers = (length: number, precision = 0, scale = 0) => [...named(name), length, precision, scale]
  switch (name) {
    case 'nchar':
    case 'nvarchar':
      return numbers(size === 'max' ? -1 : Number(size) * 2)
    case 'char':
    case 'varchar':
    case 'binary':
    case 'varbinary':
      return numbers(size === 'max' ? -1 : Number(size))
    case 'decimal':
    case 'numeric':
      return numbers(9, Number(size), Number(second))
    case 'time':
    case 'datetime2':
    case 'datetimeoffset':
      return numbers(8, 27, Number(size || 7))
    case 'money':
      return numbers(8, 19, 4)
    case 'smallmoney':
      return numbers(4, 10, 4)
    default:
      return numbers(8)
  }
}

/** Types of the server's .NET part have no system type below them; somebody's own have no name of the server's either. */
function named(name: string): readonly Raw[] {
  if (name.includes('.')) return [null, null]
  return ['hierarchyid', 'geography', 'geometry'].includes(name) ? [null, name] : [name, name]
}
