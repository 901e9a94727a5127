/** A server that tests may use, or the reason why there is none. `pid` is absent for a server that runs elsewhere. */
export type TestServer =
  | { readonly url: string; readonly pid?: number; stop(): Promise<void> }
  | { readonly skipped: string }

/** PostgreSQL from npm, or `TEST_POSTGRES_URL`. The user is a superuser. */
export function startPostgres(): Promise<TestServer>
/** The URL of another database of the same server. */
export function withDatabase(url: string, database: string): string
/** MariaDB from Debian, or `TEST_MYSQL_URL` (unless a `sqlMode` is asked for). The user has all rights. */
export function startMariadb(options?: { readonly sqlMode?: string }): Promise<TestServer>
/** Redis from Debian, or `TEST_REDIS_URL`. */
export function startRedis(): Promise<TestServer>
