import type { TriggerRow } from './introspect-queries.js'

/** `"DOC" IS JSON`, with or without its options; of the column where one is named. */
export function isJsonCheck(expression: string, column?: string): boolean {
  const found = /^"?([^"\s]+)"?\s+IS\s+JSON\b/i.exec(expression)?.[1]
  return found !== undefined && (column === undefined || found === column || found.toUpperCase() === column)
}

/** The column and the values of a check that lists them: `status IN ('new', 'paid')`. */
export function listedIn(check: string): { readonly column: string; readonly values: readonly string[] } | undefined {
  const list = /^\(?\s*("[^"]+"|[A-Za-z][\w$#]*)\s+IN\s*\(\s*((?:'(?:[^']|'')*'\s*,?\s*)+)\)\s*\)?$/i.exec(check)
  if (!list?.[1] || !list[2]) return undefined
  const values = [...list[2].matchAll(/'((?:[^']|'')*)'/g)].map((match) => (match[1] ?? '').replaceAll("''", "'"))
  return { column: plainName(list[1]), values }
}

/** A name as the dictionary has it: in upper case unless it was quoted. */
function plainName(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1) : name.toUpperCase()
}

/** A trigger gives each new row a number of a sequence in this column. */
export function numberedBy(column: string, triggers: readonly TriggerRow[]): boolean {
  const assigned = /:new\.("[^"]+"|[\w$#]+)\s*:=\s*[^;]*?\.nextval|\.nextval\s+into\s+:new\.("[^"]+"|[\w$#]+)/gi
  return triggers.some(
    ({ event, body }) =>
      event.startsWith('BEFORE EACH ROW') &&
      event.includes('INSERT') &&
      [...body.matchAll(assigned)].some((match) => plainName(match[1] ?? match[2] ?? '') === column),
  )
}
