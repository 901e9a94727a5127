/** What the connection's user may do with the tables of one schema; by table name, or for all. */
export interface Privileges {
  /** DELETE is the only one of the four that information_schema does not tell by column. */
  mayDelete(schema: string, table: string): boolean
  /** May write on a server that is read-only for others. */
  readonly superuser: boolean
}

interface Granted {
  readonly names: ReadonlySet<string>
  /** Undefined: everywhere. */
  readonly schema?: RegExp
  /** Undefined: the whole schema. */
  readonly table?: string
}

const identifier = '(?:`(?:[^`]|``)*`|"(?:[^"]|"")*"|\\*)'
const grant = new RegExp(`^GRANT (.+?) ON (?:TABLE )?(${identifier})\\.(${identifier}) TO `, 'i')

/**
 * Reads the lines of SHOW GRANTS. `GRANT role TO user` and grants on routines give nothing here. Where nothing says
 * otherwise DELETE is taken to be refused: a call that should not have been offered is worse than one that was not.
 */
export function privilegesOf(lines: readonly string[]): Privileges {
  const granted = lines.map(grantedBy).filter((found) => found !== undefined)
  const has = (found: Granted, name: string) => found.names.has(name) || found.names.has('ALL PRIVILEGES')
  return {
    mayDelete: (schema, table) =>
      granted.some(
        (found) =>
          has(found, 'DELETE') &&
          (found.schema === undefined || found.schema.test(schema)) &&
          (found.table === undefined || found.table === table),
      ),
    superuser: granted.some(
      (found) =>
        found.schema === undefined &&
        ['SUPER', 'READ_ONLY ADMIN', 'READ ONLY ADMIN', 'CONNECTION_ADMIN'].some((name) => has(found, name)),
    ),
  }
}

function grantedBy(line: string): Granted | undefined {
  const parts = grant.exec(line)
  if (!parts?.[1] || !parts[2] || !parts[3]) return undefined
  // Of `SELECT (a, b), INSERT` the columns do not matter.
  const names = new Set(
    parts[1]
      .replace(/\([^)]*\)/g, '')
      .split(',')
      .map((name) => name.trim().toUpperCase()),
  )
  const table = parts[3] === '*' ? {} : { table: unquoted(parts[3]) }
  return parts[2] === '*' ? { names, ...table } : { names, schema: wildcard(unquoted(parts[2])), ...table }
}

function unquoted(name: string): string {
  const sign = name[0] ?? ''
  return name.slice(1, -1).replaceAll(sign + sign, sign)
}

/** A schema in a grant is a pattern of LIKE, where a backslash takes the next sign as it is. */
function wildcard(pattern: string): RegExp {
  const source = pattern.replace(/\\([\s\S])|([%_])|([^\\%_])/g, (_, taken?: string, wild?: string, plain?: string) => {
    if (wild) return wild === '%' ? '[\\s\\S]*' : '[\\s\\S]'
    return (taken ?? plain ?? '').replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
  })
  return new RegExp(`^${source}$`)
}
