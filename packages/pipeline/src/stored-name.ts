import type { JsonObject, Operation } from '@gatehouse/core'
import type { View } from './view.js'

/**
 * The input with the table or routine that it is about by its own name, where the database does not heed the case of
 * names and only one that the caller sees is meant. Before anything is asked about that name: grants are on this one.
 */
export function withStoredName(
  view: Pick<View, 'service' | 'catalog'>,
  operation: Operation,
  input: JsonObject,
): JsonObject {
  if (!view.service.catalog.anyCase || !operation.subject) return input
  const { parameter } = operation.subject
  const asked = input[parameter]
  const { tables, routines } = view.catalog
  if (typeof asked !== 'string' || tables.has(asked) || routines.has(asked)) return input
  const lower = asked.toLowerCase()
  const meant = [...tables.keys(), ...routines.keys()].filter((name) => name.toLowerCase() === lower)
  const [only] = meant
  return only !== undefined && meant.length === 1 ? { ...input, [parameter]: only } : input
}
