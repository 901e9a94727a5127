import { Failure, type FilterValue, type Path } from '@gatehouse/core'
import type { Document } from 'mongodb'
import { type Collection, type Collections, fieldOfPath } from './collection.js'
import { compared } from './values.js'

/** The state of making one pipeline. */
export class Compilation {
  readonly collections: Collections
  /** `$lookup` stages that what was compiled so far relies on. */
  private lookups: Document[] = []
  private names = 0

  constructor(collections: Collections) {
    this.collections = collections
  }

  /** A field of the pipeline's own, which no column can be called. */
  name(): string {
    return `__gatehouse${this.names++}`
  }

  rely(lookup: Document): void {
    this.lookups.push(lookup)
  }

  /** The stages to run before what was compiled since the last time. */
  taken(): Document[] {
    const taken = this.lookups
    this.lookups = []
    return taken
  }
}

/** What a path is compared with; none for NULL, which equals nothing. */
export function operands(value: FilterValue, path: Path, collection: Collection): unknown[] {
  switch (value.kind) {
    case 'literal':
      if (value.value === null) return []
      return compared(value.value, path.type, path.column, fieldOfPath(collection, path))
    case 'clock':
    case 'attribute':
      throw new Failure('internal', 'A value that only the moment of the call can tell was taken for one of the plan')
    default:
      return value satisfies never
  }
}

/** An expression for a value: never read as one itself, whatever is in it. */
export function operandExpression(value: FilterValue, path: Path, collection: Collection): unknown {
  if (value.kind === 'clock') return clockExpression(value)
  if (value.kind === 'attribute') {
    throw new Failure('internal', 'A policy reached the database with an attribute that has no value')
  }
  return { $literal: operands(value, path, collection)[0] ?? null }
}

function clockExpression({ base, offset }: Extract<FilterValue, { kind: 'clock' }>): unknown {
  const start = base === 'now' ? '$$NOW' : { $dateTrunc: { date: '$$NOW', unit: 'day' } }
  return offset ? { $dateAdd: { startDate: start, unit: offset.unit, amount: offset.amount } } : start
}
