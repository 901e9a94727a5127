import type { Column } from '@gatehouse/core'
import { type Field, nativeType, typeOf } from './field.js'

/** The key of every document. A server makes one where a document brings none, so that is an ObjectId. */
export const keyName = '_id'

export function columnOf(name: string, field: Field): Column {
  const key = name === keyName
  const type = key ? keyType(field) : typeOf(field)
  const { comment, values, length } = field.declared ?? {}
  return {
    name,
    type,
    nativeType: nativeType(field),
    nullable: !key && !field.always,
    // What only a driver can make (a timestamp, code) can be read and not be written.
    generated: type === 'other',
    identity: key && field.kinds.size === 1 && field.kinds.has('objectId'),
    ...(comment === undefined ? {} : { comment }),
    ...(values === undefined ? {} : { values }),
    ...(length === undefined ? {} : { length }),
  }
}

/** Keys of several kinds are texts, which name each of them; see values.ts. */
function keyType(field: Field): Column['type'] {
  const type = typeOf(field)
  return type === 'json' && !field.kinds.has('object') ? 'text' : type
}
