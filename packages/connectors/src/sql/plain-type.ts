import type { ScalarType } from '@gatehouse/core'
import type { Typed } from './dialect.js'

/** A type that no column has, of a value that is computed. */
export function plainType(type: ScalarType): Typed {
  return { type, nativeType: type }
}
