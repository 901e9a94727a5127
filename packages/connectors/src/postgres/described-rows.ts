import type { CallPlan } from '@gatehouse/core'
import type { Raw } from '../sql/driver.js'
import type { Encoding, RowShape } from '../sql/row-shape.js'
import type { Reply } from './connection.js'
import { rawValues } from './raw-rows.js'

export interface Field {
  readonly name: string
  readonly typeOid: number
}

export interface Described {
  readonly fields: readonly Field[]
  readonly rows: readonly (readonly Raw[])[]
}

/** Keeps the rows of a statement whose columns only the server knows. */
export class DescribedReply implements Reply {
  fields: readonly Field[] = []
  readonly rows: Raw[][] = []

  described(bytes: Buffer, start: number): void {
    const fields: Field[] = []
    const count = bytes.readInt16BE(start)
    let at = start + 2
    for (let i = 0; i < count; i++) {
      const end = bytes.indexOf(0, at)
      // Behind the name: table (4), attribute (2), type (4), size (2), modifier (4), format (2).
      fields.push({ name: bytes.toString('utf8', at, end), typeOid: bytes.readUInt32BE(end + 7) })
      at = end + 19
    }
    this.fields = fields
  }

  row(bytes: Buffer, start: number): void {
    this.rows.push(rawValues(bytes, start, 0))
  }

  done(): void {}
}

/** By the fixed oids of pg_type.dat; what is not here is a text. */
const encodings: Readonly<Record<number, Encoding>> = {
  16: 'boolean',
  17: 'binary',
  20: 'number',
  21: 'number',
  23: 'number',
  26: 'number',
  114: 'json',
  700: 'number',
  701: 'number',
  1082: 'date',
  1083: 'time',
  1114: 'datetime',
  1184: 'datetimetz',
  1700: 'number',
  3802: 'json',
}
const wide = new Set([20, 1700])
const bytea = 17

/** The rows and how they are printed. Arrays and row types stay PostgreSQL's texts: a cursor's types cannot be asked for. */
export function describedRows(
  { fields, rows }: Described,
  numbers: CallPlan['numbers'],
): { shape: RowShape; rows: readonly (readonly Raw[])[] } {
  const columns = fields.map(({ name, typeOid }) => {
    const encoding = encodings[typeOid] ?? 'text'
    return { name, encoding: numbers === 'string' && wide.has(typeOid) ? ('number_string' as const) : encoding }
  })
  const binary = fields.map((field) => field.typeOid === bytea)
  const printable = binary.includes(true)
    ? rows.map((row) => row.map((raw, i) => (binary[i] ? bytesOf(raw) : raw)))
    : rows
  return { shape: { format: 'json', columns, hidden: 0 }, rows: printable }
}

function bytesOf(raw: Raw): Raw {
  return typeof raw === 'string' ? Buffer.from(raw.slice(2), 'hex') : raw
}
