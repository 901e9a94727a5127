import type { Flavour } from './flavour.js'

/**
 * ON DUPLICATE KEY UPDATE. It fires on any unique key, not on the primary one alone, and would overwrite a row that the
 * caller never named: so the key is first set to NULL where it is not the given one, which strict mode refuses (error
 * 1048, told as the conflict that it is; see errors.ts).
 *
 * A guard cannot be said here: assignments see the effect of those before them. So `guardedUpsert` is false.
 */
export function onConflictSql(
  table: string,
  keys: readonly string[],
  set: readonly string[],
  flavour: Flavour,
): string {
  const given = (column: string) => (flavour.rowAlias ? `\`new\`.${column}` : `VALUES(${column})`)
  const same = keys.map((key) => `${table}.${key} <=> ${given(key)}`).join(' AND ')
  const [first] = keys
  const guard = first === undefined ? [] : [`${first} = IF(${same}, ${table}.${first}, NULL)`]
  const assignments = [...guard, ...set.map((column) => `${column} = ${given(column)}`)]
  return `${flavour.rowAlias ? 'AS `new` ' : ''}ON DUPLICATE KEY UPDATE ${assignments.join(', ')}`
}
