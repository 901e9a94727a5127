import type { Dialect } from '../sql/dialect.js'

/** A page by ROWNUM, for servers before 12.1: the rows are numbered once they are in order. */
export const rownumPage: NonNullable<Dialect['page']> = (query, names, limit, offset) => {
  if (!offset) return `SELECT ${names.join(', ')} FROM (${query}) WHERE ROWNUM <= ${limit}`
  const numbered = `SELECT "q".*, ROWNUM AS "n" FROM (${query}) "q" WHERE ROWNUM <= ${limit} + ${offset()}`
  return `SELECT ${names.join(', ')} FROM (${numbered}) WHERE "n" > ${offset()}`
}
