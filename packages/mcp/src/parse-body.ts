import { type JsonValue, parseJson, toFailure } from '@gatehouse/core'
import { errorCode, ProtocolError } from './errors.js'

/** Arrays and objects inside one another. */
const deepest = 64

/** A message's text as JSON, numbers with all their digits. Throws a parse error with status 400. */
export function parseBody(text: string): JsonValue {
  try {
    return parseJson(text, deepest)
  } catch (thrown) {
    throw new ProtocolError(errorCode.parse, toFailure(thrown).message, { status: 400 })
  }
}
