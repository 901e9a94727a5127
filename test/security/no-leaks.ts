/** What no answer may hold, whatever went wrong: words of drivers and databases, SQL, addresses, paths, stacks. */
const forbidden: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a driver', /sqlite|postgres|\bpsql\b|\bpg_|mysql|mariadb|better-sqlite|libpq|innodb|knex/i],
  ['an error code', /\bER_[A-Z]|\bSQLSTATE|\bSQLITE_|\berrno\b|\bECONN|\bENOENT|\bEPIPE|\bERR_[A-Z]/],
  [
    'the text of a database',
    /syntax error|error in your SQL|violates|duplicate entry|constraint failed|no such (table|column)|does not exist in|unrecognized token|invalid input syntax|malformed json|near "|at character|relation "/i,
  ],
  [
    'SQL',
    /\bSELECT\b[\s\S]{1,80}\bFROM\b|\bINSERT INTO\b|\bDELETE FROM\b|\bUPDATE\b[\s\S]{1,60}\bSET\b|\bORDER BY\b[\s\S]{1,40}\bLIMIT\b|\bWHERE\b[\s\S]{1,40}[=<>]|\$\d+::|\bCAST\(/,
  ],
  ['an address', /127\.0\.0\.1|localhost|\b0\.0\.0\.0\b|\/\/[^\s"]+@/],
  ['a path', /\/(?:tmp|work|home|root|usr|var|etc|opt)\/|node_modules|file:\/\/|[\w-]+\.(ts|js|mjs):\d+/],
  ['a stack', /\bat [\w.<>]+ \(|node:internal|\bat async\b|TypeError|RangeError|ReferenceError|\[object /],
]

/**
 * What an answer tells that it must not. Words that the caller itself has sent may come back, so they are looked for
 * only where `sent` has none.
 */
export function leaksIn(text: string, sent = '', secrets: readonly string[] = []): readonly string[] {
  const found: string[] = []
  for (const [what, pattern] of forbidden) {
    const match = pattern.exec(text)
    if (match && !pattern.test(sent))
      found.push(`${what}: ${text.slice(Math.max(0, match.index - 40), match.index + 60)}`)
  }
  for (const secret of secrets) {
    if (secret !== '' && text.includes(secret) && !sent.includes(secret)) found.push('a secret of the configuration')
  }
  return found
}

/** Everything of a connection URL that must stay inside: as it is written, and decoded. */
export function secretsOf(connection: unknown): readonly string[] {
  if (typeof connection !== 'string') return []
  if (!URL.canParse(connection)) return [connection]
  const { password, host, port, pathname } = new URL(connection)
  return [connection, password, decodeURIComponent(password), host, port, pathname.slice(1)].filter((s) => s.length > 3)
}
