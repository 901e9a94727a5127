/** What of the server decides how its SQL is written; read from the version when the first connection is made. */
export interface Flavour {
  readonly mariadb: boolean
  /** major * 10000 + minor * 100 + patch: 101106, 80036. */
  readonly version: number
  /** INSERT and DELETE ... RETURNING (MariaDB 10.5; DELETE alone came earlier). */
  readonly returning: boolean
  /** GROUP_CONCAT takes LIMIT, and derived tables cannot see the query around them (MariaDB); else the reverse (MySQL). */
  readonly aggregateLimit: boolean
  /** `INSERT ... AS new ON DUPLICATE KEY UPDATE a = new.a` instead of VALUES(a) (MySQL 8.0.19). */
  readonly rowAlias: boolean
  /** REGEXP_LIKE with flags (MySQL 8). */
  readonly regexpLike: boolean
  /** CAST(x AS FLOAT) exists, so that a four-byte float can be compared with what was sent. */
  readonly castFloat: boolean
  /** JSON is a type of its own (MySQL), not text with a check (MariaDB). */
  readonly jsonType: boolean
  /** JSON_EQUALS(a, b) (MariaDB 10.7). */
  readonly jsonEquals: boolean
  /** Any statement can be given a time by the session variable (MariaDB); else only SELECT (MySQL). */
  readonly statementTime: boolean
  /** information_schema.CHECK_CONSTRAINTS exists. */
  readonly checks: boolean
}

/** Of the version as the server says it: `8.0.36`, `5.5.5-10.11.6-MariaDB-log`, `11.4.2-MariaDB`. */
export function flavourOf(serverVersion: string): Flavour {
  const mariadb = /mariadb/i.test(serverVersion)
  // Servers up to MariaDB 10 put 5.5.5- in front, for old replicas.
  const numbers = /(\d+)\.(\d+)\.(\d+)/.exec(mariadb ? serverVersion.replace(/^5\.5\.5-/, '') : serverVersion)
  const version = numbers ? Number(numbers[1]) * 10_000 + Number(numbers[2]) * 100 + Number(numbers[3]) : 0
  const mysql = (from: number) => !mariadb && version >= from
  return {
    mariadb,
    version,
    returning: mariadb && version >= 100_500,
    aggregateLimit: mariadb,
    rowAlias: mysql(80_019),
    regexpLike: mysql(80_000),
    castFloat: mariadb ? version >= 100_400 : version >= 80_017,
    jsonType: !mariadb,
    jsonEquals: mariadb && version >= 100_700,
    statementTime: mariadb,
    checks: mariadb || version >= 80_016,
  }
}
