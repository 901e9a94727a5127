/** Columns by constraint, see `constraintKey`. */
export type Constraints = ReadonlyMap<string, readonly string[]>

export function constraintKey(schema: string, constraint: string): string {
  return JSON.stringify([schema, constraint])
}
