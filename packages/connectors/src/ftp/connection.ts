import { isIP } from 'node:net'
import { Client, type FTPResponse } from 'basic-ftp'
import type { Connection } from '../connection-pool.js'
import type { FtpTarget } from './config.js'
import { late, toFtpFailure } from './errors.js'

/** What one server can do, and where the account begins; asked once, for all connections to it. */
export interface FtpServerFacts {
  readonly root: string
  /** Listings and details that machines can read (RFC 3659). */
  readonly machineListings: boolean
  /** The time of the last change can be set. */
  readonly setModified: boolean
}

/** Milliseconds for reaching the server and signing in, whatever the service's own timeout. */
const connectMs = 15_000

/** One control connection, and the data connections of its transfers, one after the other. */
export class FtpConnection implements Connection {
  readonly client: Client
  readonly facts: FtpServerFacts
  /** Milliseconds that the server may say nothing; 0 is for ever. */
  readonly timeoutMs: number

  private constructor(client: Client, facts: FtpServerFacts, timeoutMs: number) {
    this.client = client
    this.facts = facts
    this.timeoutMs = timeoutMs
  }

  /** Throws `unavailable`, `timeout`. */
  static async open(target: FtpTarget, timeoutMs: number, known?: FtpServerFacts): Promise<FtpConnection> {
    const patience = timeoutMs > 0 ? Math.min(timeoutMs, connectMs) : connectMs
    const client = new Client(timeoutMs)
    let tooLate: NodeJS.Timeout | undefined
    try {
      const facts = await Promise.race([
        signIn(client, target, known),
        // The library looks at the clock for each answer only, and not while TLS is being agreed on.
        new Promise<never>((_resolve, reject) => {
          tooLate = setTimeout(() => reject(late()), patience)
        }),
      ])
      return new FtpConnection(client, facts, timeoutMs)
    } catch (thrown) {
      client.close()
      throw toFtpFailure(thrown)
    } finally {
      clearTimeout(tooLate)
    }
  }

  get alive(): boolean {
    return !this.client.closed
  }

  /** Sends a command and answers the reply; throws the library's error for a refusal. */
  send(command: string): Promise<FTPResponse> {
    return this.client.send(command)
  }

  async check(): Promise<void> {
    await this.send('NOOP')
  }

  close(): void {
    this.client.close()
  }

  /** A path of the service as the server's own. Absolute, so that no name is taken for an option. */
  absolute(path: string): string {
    const { root } = this.facts
    return `${root === '/' ? '' : root}/${path}`.replace(/(.)\/$/, '$1')
  }
}

async function signIn(client: Client, target: FtpTarget, known: FtpServerFacts | undefined): Promise<FtpServerFacts> {
  const { host, port, user, password, tls, ca, rejectUnauthorized } = target
  await client.access({
    host,
    port,
    user,
    password,
    secure: tls === 'explicit' ? true : tls === 'implicit' ? 'implicit' : false,
    // Its own object for each connection: the library writes into it.
    secureOptions: {
      host,
      rejectUnauthorized,
      ...(isIP(host) ? {} : { servername: host }),
      ...(ca === undefined ? {} : { ca }),
    },
  })
  if (known) return known
  const features = await client.features()
  const root = target.root ?? (await client.pwd())
  return {
    root: root.length > 1 ? root.replace(/\/+$/, '') : root,
    machineListings: features.has('MLST'),
    setModified: features.has('MFMT'),
  }
}
