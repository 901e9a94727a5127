import type { Typed } from '../sql/dialect.js'

/** What a column's native type asks for, beside its neutral type. Results of expressions have the neutral type's name for a native one. */
export const isClob = ({ nativeType }: Typed) => nativeType === 'CLOB' || nativeType === 'NCLOB'
export const isBlob = ({ nativeType }: Typed) => nativeType === 'BLOB'
export const isLong = ({ nativeType }: Typed) => nativeType.startsWith('LONG')
export const isBoolean = ({ nativeType }: Typed) => nativeType === 'BOOLEAN' || nativeType === 'PL/SQL BOOLEAN'
export const isJson = ({ nativeType }: Typed) => nativeType === 'JSON'
/** Four bytes. */
export const isSingle = ({ nativeType }: Typed) => nativeType === 'BINARY_FLOAT'
/** Blanks fill it up to its length. */
export const isPadded = ({ nativeType }: Typed) => /^N?CHAR\b/.test(nativeType)
/** Has fractions of a second. What buckets yield is a DATE. */
export const isTimestamp = ({ nativeType }: Typed) => nativeType.startsWith('TIMESTAMP')

const sized = /^N?(?:VAR)?CHAR2?\((\d+)\)/
/** The most characters of a text that are short enough to stay a VARCHAR2 whatever is done to it. */
const shortLength = 600

export function isShortText({ type, nativeType }: Typed): boolean {
  const length = sized.exec(nativeType)?.[1]
  return type !== 'text' || (length !== undefined && Number(length) <= shortLength)
}
