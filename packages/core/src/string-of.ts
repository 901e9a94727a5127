import type { JsonText } from './connector.js'

/** Text that was made as bytes or as a string, as a string. */
export function stringOf(text: JsonText): string {
  return typeof text === 'string' ? text : Buffer.from(text.buffer, text.byteOffset, text.length).toString('utf8')
}
