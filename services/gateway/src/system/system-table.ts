import type { Identity, JsonObject, Row, Scalar, Service } from '@gatehouse/core'
import type { TenantPart } from '../tenant/wire-tenant.js'

/** A row as it was read, by column: also what nobody is shown. */
export type Stored = JsonObject

/** Values by column as they are to be written; rules change it. */
export type Draft = Map<string, Scalar>

/** For whom and where a rule works. */
export interface RuleContext {
  readonly caller: Identity
  readonly tenant: TenantPart
  /** The services of the tenant. */
  services(): readonly Service[]
  /** A row of the same tenant by its id. Throws `invalid` where it is not there. */
  row(table: string, column: string, id: Scalar | undefined): Promise<Stored>
  readonly signal: AbortSignal
}

/** What a rule made of a row. */
export interface Ruled {
  readonly row: Row
  /** Shown in the answer, and never again: a key that was just made. */
  readonly shown?: JsonObject
}

/** What must hold of a row that is written, and what becomes of it. Each throws what the caller is told. */
interface TableRules {
  create?(draft: Draft, context: RuleContext): Ruled | Promise<Ruled>
  update?(draft: Draft, before: Stored, context: RuleContext): Ruled | Promise<Ruled>
  remove?(before: Stored, context: RuleContext): void | Promise<void>
  /** Once after a call has written: the rows that it changed or deleted, as they were; none, where all are new. */
  after?(before: readonly Stored[], context: RuleContext): Promise<void>
}

/** A table of the store as callers of the system service see it. */
export interface SystemTable {
  readonly name: string
  readonly description: string
  /** Columns that nobody sees. */
  readonly hidden: readonly string[]
  /** Columns that are seen, and written by rules alone. */
  readonly kept: readonly string[]
  /** Columns that may be left out of a new row, since rules fill them. */
  readonly filled: readonly string[]
  readonly rules: TableRules
  /** Of the default tenant alone. */
  readonly rootOnly?: boolean
  /** The rows have no `created`, `changed` and `source`. */
  readonly plain?: boolean
}
