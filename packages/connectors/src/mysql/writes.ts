import type { Flavour } from './flavour.js'

/** How the guard of an upsert begins, by which its error is known. */
export const keyGuard = '1 DIV '

/**
 * ON DUPLICATE KEY UPDATE. It fires on any unique key, not on the primary one alone, and would overwrite a row that the
 * caller never named: so the first assignment, which changes nothing, divides by zero where the key is not the given
 * one. Strict mode makes an error of that (1365), which is told as the conflict that it is; see errors.ts.
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
  const guard = first === undefined ? [] : [`${first} = IF(${keyGuard}(${same}), ${table}.${first}, ${table}.${first})`]
  const assignments = [...guard, ...set.map((column) => `${column} = ${given(column)}`)]
  return `${flavour.rowAlias ? 'AS `new` ' : ''}ON DUPLICATE KEY UPDATE ${assignments.join(', ')}`
}
