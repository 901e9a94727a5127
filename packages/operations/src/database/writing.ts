import {
  type BatchMode,
  Failure,
  type JsonObject,
  type JsonValue,
  type Precondition,
  type Projection,
} from '@gatehouse/core'
import { flagOf, textOf, wholeOf } from './arguments.js'
import { fieldsText } from './clauses.js'
import type { PreparedTable } from './prepared-table.js'
import { numbersOf } from './select.js'

/** What all writes have in common. */
export interface Written {
  readonly table: string
  readonly mode: BatchMode
  readonly returning: readonly Projection[]
  readonly maxAffected?: number
  readonly dryRun?: boolean
  readonly numbers: 'number' | 'string'
  readonly single: boolean
}

export function writtenOf(prepared: PreparedTable, input: JsonObject, single: boolean): Written {
  const fields = fieldsText(input.fields)
  const maxAffected = wholeOf(input.max_affected)
  return {
    table: prepared.table.name,
    mode: modeOf(input),
    returning:
      fields === undefined ? prepared.keyProjection : fields === '*' ? prepared.every : prepared.projection(fields),
    ...(maxAffected !== undefined && { maxAffected }),
    ...(flagOf(input.dry_run) && { dryRun: true }),
    numbers: numbersOf(input),
    single,
  }
}

function modeOf(input: JsonObject): BatchMode {
  const goesOn = flagOf(input.continue)
  const undoes = flagOf(input.rollback)
  if (goesOn && undoes) {
    throw new Failure('invalid', '`continue` and `rollback` exclude each other', {
      hint: '`continue` keeps what went well; `rollback` undoes all when one fails',
    })
  }
  return goesOn ? 'continue' : undoes ? 'rollback' : 'stop'
}

/** Records that cannot be read are left out. A dry run tells of the first one instead, since it tells of no others. */
export function goesOn({ mode, dryRun }: Written): boolean {
  return mode === 'continue' && dryRun !== true
}

/** `if_match`: the entity tag of the record in its default form. `*` asks only that it is there. Throws `invalid`. */
export function preconditionOf(prepared: PreparedTable, value: JsonValue | undefined): Precondition | undefined {
  // An empty tag is a condition that cannot be met, and not the lack of one.
  const text = typeof value === 'string' ? value.trim() : undefined
  if (text === undefined || text === '*') return undefined
  if (text.startsWith('W/')) {
    throw new Failure('precondition_failed', 'If-Match compares strong entity tags only', {
      hint: 'Send the ETag of the record as it came',
    })
  }
  const quoted = text.length > 1 && text.startsWith('"') && text.endsWith('"')
  const etag = quoted ? text.slice(1, -1) : text
  if (etag === '' || /["\s,]/.test(etag)) {
    throw new Failure('invalid', '`if_match` takes one entity tag', { hint: 'Send the ETag of the record as it came' })
  }
  return { etag, columns: prepared.every }
}

/** No way to say which records are meant. */
export function noTarget(verb: 'update' | 'delete'): Failure {
  return new Failure('invalid', `Which records to ${verb} is not said`, {
    hint: `Send \`ids\`, \`filter\`, or records with their keys; \`force\` to ${verb} all of them`,
  })
}

/** Throws `invalid` when both are there. */
export function oneTarget(input: JsonObject): void {
  if (input.ids !== undefined && textOf(input.filter) !== undefined) {
    throw new Failure('invalid', '`ids` and `filter` are two ways to say which records are meant: send one')
  }
}
