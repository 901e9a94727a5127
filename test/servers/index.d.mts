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

/** `root`: where its files lie on this machine. All but `url` is absent for a server that runs elsewhere. */
interface FileServer {
  readonly url: string
  readonly root?: string
  readonly pid?: number
  stop(): Promise<void>
}
/** URLs of the same files by other ways: TLS (with this certificate), and without MLSD. */
export type FtpServer =
  | (FileServer & {
      readonly explicitTls?: string
      readonly implicitTls?: string
      readonly listOnly?: string
      readonly certificate?: string
    })
  | { readonly skipped: string }
/** `hostKey`: the fingerprint of the server's key; `privateKey` lets the URL's user in. */
export type SftpServer =
  | (FileServer & { readonly hostKey?: string; readonly privateKey?: string })
  | { readonly skipped: string }
/** URLs of the same files with Digest authentication, and by HTTPS with this certificate. */
export type WebdavServer =
  | (FileServer & { readonly digest?: string; readonly https?: string; readonly certificate?: string })
  | { readonly skipped: string }
/** ProFTPD from Debian, or `TEST_FTP_URL`. */
export function startProftpd(): Promise<FtpServer>
/** OpenSSH from Debian, or `TEST_SFTP_URL`. */
export function startSshd(): Promise<SftpServer>
/** Apache with mod_dav from Debian, or `TEST_WEBDAV_URL`. */
export function startApacheDav(): Promise<WebdavServer>
/** A double of MongoDB, or `TEST_MONGODB_URL`: a replica set, or (`standalone`) a server without transactions. */
export function startMongodb(options?: { readonly standalone?: boolean }): Promise<TestServer>
/** The storage of `TEST_S3_URL`: http://ID:SECRET@host:port?region=... */
export function startS3Elsewhere(): Promise<TestServer>
/** s3rver from npm, by a URL of the same form. */
export function startS3rver(): Promise<TestServer>
/** Swift with its S3 interface from Debian, by a URL of the same form. */
export function startSwift(): Promise<TestServer>
/** Azurite from npm, or `TEST_AZURE_URL`; the URL is a connection string. */
export function startAzurite(): Promise<TestServer>

/** A directory that is empty but for what its kind brings along. `certificate`: the file of it, which signs itself. */
export type LdapServer =
  | {
      readonly url: string
      readonly ldaps: string
      readonly certificate: string
      readonly suffix: string
      readonly admin: { readonly dn: string; readonly password: string }
      readonly pid: number
      stop(): Promise<void>
    }
  | { readonly skipped: string }
/** OpenLDAP from Debian. */
export function startSlapd(options?: { readonly anonymous?: boolean }): Promise<LdapServer>
/** Samba from Debian as a domain controller of Active Directory. It has fixed ports: one at a time. */
export function startSamba(): Promise<LdapServer>
