/** A column of a result set: its TYPE_INFO (MS-TDS 2.2.5.4) and how its values are laid out. NULL is null. */
export interface TdsColumn {
  readonly name: string
  readonly info: Buffer
  value(value: unknown): Buffer
}

const collation = Buffer.from([0x09, 0x04, 0xd0, 0x00, 0x34])

/** A type of a fixed or short length: one byte of length before the value. */
function short(info: readonly number[], encode: (value: unknown) => Buffer) {
  return (name: string): TdsColumn => ({
    name,
    info: Buffer.from(info),
    value(value) {
      if (value === null) return Buffer.from([0])
      const bytes = encode(value)
      return Buffer.concat([Buffer.from([bytes.length]), bytes])
    },
  })
}

function whole(value: unknown, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  let rest = BigInt.asUintN(size * 8, BigInt(String(value)))
  for (let i = 0; i < size; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn)
  return bytes
}

function float(value: unknown, size: 4 | 8): Buffer {
  const bytes = Buffer.alloc(size)
  if (size === 4) bytes.writeFloatLE(Number(value))
  else bytes.writeDoubleLE(Number(value))
  return bytes
}

const dayMs = 86_400_000
/** Days since the first of January of the year 1. */
const days = (iso: string) => Math.round((Date.parse(`${iso}T00:00:00Z`) - Date.parse('0001-01-01T00:00:00Z')) / dayMs)
/** Ticks of 100 nanoseconds since midnight of `13:59:59.1234567`. */
function ticks(time: string): bigint {
  const [, hours, minutes, seconds, fraction = ''] = /^(\d\d):(\d\d):(\d\d)(?:\.(\d+))?$/.exec(time) ?? []
  return (
    BigInt((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 10_000_000n +
    BigInt(fraction.padEnd(7, '0'))
  )
}
function moment(value: unknown): Buffer {
  const [day = '', time = ''] = String(value).split('T')
  return Buffer.concat([whole(ticks(time), 5), whole(days(day), 3)])
}

/** Of a length that nobody says before: chunks, of which the last is empty. */
function chunked(info: readonly number[], encode: (value: unknown) => Buffer) {
  return (name: string): TdsColumn => ({
    name,
    info: Buffer.from(info),
    value(value) {
      if (value === null) return Buffer.alloc(8, 0xff)
      const bytes = encode(value)
      const unknown = Buffer.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
      const chunks = bytes.length === 0 ? [] : [whole(bytes.length, 4), bytes]
      return Buffer.concat([unknown, ...chunks, whole(0, 4)])
    },
  })
}

const wide = (value: unknown) => Buffer.from(String(value), 'utf16le')

/** Makers of columns, by the type. */
export const tds = {
  int: short([0x26, 4], (value) => whole(value, 4)),
  bigint: short([0x26, 8], (value) => whole(value, 8)),
  bit: short([0x68, 1], (value) => Buffer.from([value ? 1 : 0])),
  float: short([0x6d, 8], (value) => float(value, 8)),
  real: short([0x6d, 4], (value) => float(value, 4)),
  money: short([0x6e, 8], (value) => {
    const bytes = whole(value, 8)
    // The upper half comes first.
    return Buffer.concat([bytes.subarray(4), bytes.subarray(0, 4)])
  }),
  /** The digits without the point. */
  decimal: (precision: number, scale: number) =>
    short([0x6a, 17, precision, scale], (value) => {
      const digits = BigInt(String(value))
      return Buffer.concat([Buffer.from([digits < 0n ? 0 : 1]), whole(digits < 0n ? -digits : digits, 16)])
    }),
  guid: short([0x24, 16], (value) => {
    const bytes = Buffer.from(String(value).replaceAll('-', ''), 'hex')
    const swapped = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
    return Buffer.from(swapped.map((place) => bytes[place] ?? 0))
  }),
  date: short([0x28], (value) => whole(days(String(value)), 3)),
  time: short([0x29, 7], (value) => whole(ticks(String(value)), 5)),
  datetime2: short([0x2a, 7], moment),
  /** In UTC; the offset is in minutes. */
  datetimeoffset: short([0x2b, 7], (value) => Buffer.concat([moment(value), whole(120, 2)])),
  nvarchar: (name: string): TdsColumn => ({
    name,
    info: Buffer.concat([Buffer.from([0xe7, 0x40, 0x1f]), collation]),
    value(value) {
      if (value === null) return Buffer.from([0xff, 0xff])
      const bytes = wide(value)
      return Buffer.concat([whole(bytes.length, 2), bytes])
    },
  }),
  text: chunked([0xe7, 0xff, 0xff, ...collation], wide),
  binary: chunked([0xa5, 0xff, 0xff], (value) => Buffer.from(String(value), 'base64')),
  xml: chunked([0xf1, 0], wide),
} as const

/** A value of a parameter as it came, and the type that it came in. */
export interface TdsParameter {
  readonly name: string
  readonly type: string
  readonly value: unknown
}

/** Reads the parameters of an RPC request (MS-TDS 2.2.6.6), of the types that the connector sends. */
export function parametersOf(bytes: Buffer): TdsParameter[] {
  let at = 0
  const take = (length: number) => {
    at += length
    return bytes.subarray(at - length, at)
  }
  const byte = () => take(1).readUInt8()
  const word = () => take(2).readUInt16LE()
  const long = () => take(4).readUInt32LE()
  const unsigned = (length: number) => take(length).reduceRight((n, b) => n * 256n + BigInt(b), 0n)
  /** Undefined for NULL. */
  const sized = (size: number): Buffer | undefined => {
    if (size !== 0xffff) {
      const length = word()
      return length === 0xffff ? undefined : take(length)
    }
    if (take(8).every((b) => b === 0xff)) return undefined
    const chunks: Buffer[] = []
    for (let length = long(); length > 0; length = long()) chunks.push(take(length))
    return Buffer.concat(chunks)
  }
  const parameters: TdsParameter[] = []
  while (at < bytes.length) {
    const name = take(byte() * 2).toString('utf16le')
    byte()
    const kind = byte()
    const read = (): Omit<TdsParameter, 'name'> => {
      switch (kind) {
        case 0xe7: {
          const size = word()
          take(5)
          return {
            type: size === 0xffff ? 'nvarchar(max)' : `nvarchar(${size / 2})`,
            value: sized(size)?.toString('utf16le') ?? null,
          }
        }
        case 0xa5: {
          const size = word()
          return {
            type: size === 0xffff ? 'varbinary(max)' : `varbinary(${size})`,
            value: sized(size)?.toString('base64') ?? null,
          }
        }
        case 0x6a: {
          byte()
          const type = `decimal(${byte()},${byte()})`
          const length = byte()
          if (length === 0) return { type, value: null }
          const sign = byte() === 0 ? -1n : 1n
          return {
            type,
            value:
              sign *
              BigInt.asUintN(
                128,
                take(length - 1).reduceRight((n, b) => n * 256n + BigInt(b), 0n),
              ),
          }
        }
        case 0x26:
        case 0x68: {
          const size = byte()
          const length = byte()
          return {
            type: kind === 0x26 ? `int${size}` : 'bit',
            value: length === 0 ? null : BigInt.asIntN(length * 8, unsigned(length)),
          }
        }
        case 0x6d: {
          const size = byte()
          const length = byte()
          return { type: `float${size}`, value: length === 0 ? null : take(length).readDoubleLE() }
        }
        case 0x24: {
          byte()
          const length = byte()
          return { type: 'uniqueidentifier', value: length === 0 ? null : take(length).toString('hex') }
        }
        default:
          throw new Error(`The double does not know the type ${kind.toString(16)}`)
      }
    }
    parameters.push({ name, ...read() })
  }
  return parameters
}
