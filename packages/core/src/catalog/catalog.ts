/** The neutral type of a column. Values of one type look the same in JSON from every database. */
export type ScalarType =
  | 'boolean'
  | 'integer' // up to 32 bits
  | 'bigint' // 64 bits
  | 'decimal' // exact, any precision
  | 'float'
  | 'text'
  | 'uuid'
  | 'date' // 2026-01-31
  | 'time' // 13:59:59.5
  | 'datetime' // 2026-01-31T13:59:59.5, without a time zone
  | 'datetimetz' // 2026-01-31T13:59:59.5Z, always in UTC
  | 'interval' // as the database prints it
  | 'binary' // base64
  | 'json'
  | 'array' // of the database's own; a JSON array
  | 'other' // as the database's text

export interface Column {
  readonly name: string
  readonly type: ScalarType
  /** As the database calls it: `numeric(10,2)`. */
  readonly nativeType: string
  /** Characters of text, bytes of binary. */
  readonly length?: number
  /** Digits of a decimal. */
  readonly precision?: number
  /** Digits after the point of a decimal. */
  readonly scale?: number
  /** How the text is compared, where its statements must say so. */
  readonly collation?: string
  readonly nullable: boolean
  /** The default as the database writes it: an expression in its own SQL, never sent by a client. */
  readonly default?: string
  /** Computed by the database, so it cannot be written. */
  readonly generated: boolean
  /** Numbered by the database (identity, serial, auto_increment, rowid); may be left out of an insert. */
  readonly identity: boolean
  readonly comment?: string
  /** The only values allowed (an enum type, or a check that lists them). */
  readonly values?: readonly string[]
  /** How the caller sees it, set by the narrowing of a catalog to a caller. */
  readonly mask?: Mask
}

export type Mask = 'null' | 'redact' | 'hash' | 'partial' | 'last4'

export interface UniqueKey {
  readonly name: string
  readonly columns: readonly string[]
}

export interface ForeignKey {
  readonly name: string
  readonly columns: readonly string[]
  /** Name of the referenced table, as in `Catalog.tables`. */
  readonly references: string
  readonly referencedColumns: readonly string[]
}

export interface Check {
  readonly name: string
  /** In the database's own SQL, for documentation only. */
  readonly expression: string
}

/** Named `{other table}_by_{columns}`; see relationships.ts. */
export interface Relationship {
  readonly name: string
  readonly kind: 'belongs_to' | 'has_many' | 'many_to_many'
  /** Columns of this table. */
  readonly columns: readonly string[]
  /** The table at the other end. */
  readonly table: string
  readonly foreignColumns: readonly string[]
  /** many_to_many: the table between, joined to this table by `columns` and to the other by `foreignColumns`. */
  readonly junction?: {
    readonly table: string
    readonly columns: readonly string[]
    readonly foreignColumns: readonly string[]
  }
}

/** A relationship to a table of another service, from the configuration. Its records are fetched by a call of their own. */
export interface AcrossRelationship {
  readonly name: string
  readonly kind: 'belongs_to' | 'has_many'
  /** Columns of this table. */
  readonly columns: readonly string[]
  readonly service: string
  readonly table: string
  readonly foreignColumns: readonly string[]
}

/** What a table lets its connection do; narrowed further by what the caller may do. */
export interface TableAbilities {
  readonly read: boolean
  readonly create: boolean
  readonly update: boolean
  readonly delete: boolean
}

export interface Table {
  /** As callers name it: `orders`, or `sales.orders` where the service has several schemas. */
  readonly name: string
  /** As the database names it. `schema` is absent where the database has none (SQLite). */
  readonly source: { readonly schema?: string; readonly name: string }
  readonly kind: 'table' | 'view'
  readonly label?: string
  readonly comment?: string
  readonly columns: ReadonlyMap<string, Column>
  /** Column names in key order; empty where there is none. */
  readonly primaryKey: readonly string[]
  readonly uniqueKeys: readonly UniqueKey[]
  readonly foreignKeys: readonly ForeignKey[]
  readonly checks: readonly Check[]
  readonly relationships: ReadonlyMap<string, Relationship>
  /** Relationships to other services, whose names are not those of `relationships`. No connector knows of them. */
  readonly across?: ReadonlyMap<string, AcrossRelationship>
  /** Rows, estimated from the database's statistics; absent where unknown or not for this caller. */
  readonly rows?: number
  /** False where writing to it sets off no trigger and no rule of the database's owner. Absent: not known. */
  readonly triggers?: boolean
  /** Columns may be asked for in any case: no two of all its columns differ by that alone. */
  readonly anyCase?: true
  readonly can: TableAbilities
}

export interface Parameter {
  readonly name: string
  readonly type: ScalarType
  readonly nativeType: string
  readonly mode: 'in' | 'out' | 'inout'
  /** False where the database has a default for it. */
  readonly required: boolean
}

export interface Routine {
  /** As callers name it; overloads share it. */
  readonly name: string
  readonly source: { readonly schema?: string; readonly name: string }
  readonly kind: 'procedure' | 'function'
  readonly comment?: string
  readonly parameters: readonly Parameter[]
  /** Of a function: one value, rows of columns, or nothing (a procedure). */
  readonly returns:
    | { readonly kind: 'nothing' }
    | { readonly kind: 'value'; readonly type: ScalarType; readonly nativeType: string }
    | { readonly kind: 'rows'; readonly columns: readonly { name: string; type: ScalarType; nativeType: string }[] }
    /** Result sets whose columns are known only when it runs. */
    | { readonly kind: 'unknown' }
  /** True only where the database itself declares that it writes nothing. */
  readonly readOnly: boolean
  /** The connector's own handle to this overload: `pg_proc.oid`, for one. */
  readonly handle?: string
}

/** What introspection found. Immutable; a change in the database makes a new one. */
export interface Catalog {
  readonly tables: ReadonlyMap<string, Table>
  /** Overloads by name. */
  readonly routines: ReadonlyMap<string, readonly Routine[]>
  /** Tables and routines may be asked for in any case, where only one is meant. */
  readonly anyCase?: true
  /** Equal for equal catalogs, so that a refresh that found nothing new changes nothing. */
  readonly version: string
}

export const emptyCatalog: Catalog = { tables: new Map(), routines: new Map(), version: '' }
