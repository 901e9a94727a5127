import type { ScalarType } from '@gatehouse/core'
import type { Encoding } from './row-shape.js'

/** How the writer prints each neutral type, where the driver answers it as itself. */
export const encodings = {
  boolean: 'boolean',
  integer: 'number',
  bigint: 'number',
  decimal: 'number',
  float: 'number',
  text: 'text',
  uuid: 'text',
  date: 'date',
  time: 'time',
  datetime: 'datetime',
  datetimetz: 'datetimetz',
  interval: 'text',
  binary: 'binary',
  json: 'json',
  array: 'json',
  other: 'text',
} as const satisfies Record<ScalarType, Encoding>
