/** What of the server decides how its SQL is written; read from the version when the first connection is made. */
export interface Flavour {
  /** major * 100 + minor: 1202, 1903, 2306. */
  readonly version: number
  /** OFFSET ... FETCH NEXT ... (12.1); below, pages are cut by ROWNUM. */
  readonly rowLimit: boolean
  /** JSON_ARRAYAGG yields texts of any length, and paths have item methods (18); below, XML aggregates and patterns. */
  readonly json: boolean
}

/** Of the version as the driver says it: 1903000000 is 19.3. */
export function flavourOf(serverVersion: number): Flavour {
  const version = Math.floor(serverVersion / 1_000_000)
  return { version, rowLimit: version >= 1201, json: version >= 1800 }
}
