import type { Pipeline } from '@gatehouse/core'
import type { Config } from './config/config.js'
import { openHttpServer } from './http-server.js'
import { defaultKeyFile, type Made } from './installation.js'
import { createLog, type Logger } from './log.js'
import { wire } from './wire.js'

export interface GatewayOptions {
  readonly log?: Logger
  /** Instead of the configured one; 0: a free one. */
  readonly port?: number
  /** Where the installation's secret is, or is made with mode 0600; GATEHOUSE_KEY in the environment wins. */
  readonly keyFile?: string
  /** The name of a configured key that is made anew; the old one stops working. */
  readonly newKey?: string
  /** For tests only: metadata documents of OAuth clients may be on this machine, behind a certificate of this authority. */
  readonly localDocuments?: { readonly ca: string }
}

/** A running gateway. */
export interface Gateway {
  /** What clients on this machine call. */
  readonly url: string
  readonly port: number
  readonly pipeline: Pipeline
  /** API keys and administrators that were made at this start: to be shown once. */
  readonly made: Made
  /** A table to try, where there is one. */
  readonly service: { readonly name: string; readonly table: string } | undefined
  /** Stops accepting, ends what runs, writes the audit, closes the pools. */
  close(): Promise<void>
}

/** How long requests that run may take to end at a shut-down. */
const graceMs = 10_000

/** Starts everything that the configuration asks for. Throws where the port is taken or the store cannot be opened. */
export async function openGateway(config: Config, options: GatewayOptions = {}): Promise<Gateway> {
  const log = options.log ?? createLog(config.log)
  const http = await openHttpServer(config.server.host, options.port ?? config.server.port)
  try {
    const publicUrl = publicUrlOf(config, http.port)
    const wired = await wire(config, {
      log,
      publicUrl,
      keyFile: options.keyFile ?? defaultKeyFile,
      newKey: options.newKey,
      ...(options.localDocuments && { localDocuments: options.localDocuments }),
    })
    http.serve(wired.handle)
    await wired.start()
    wired.ready()
    const [first] = wired.host.all().filter((service) => service.family === 'database')
    const [table] = first?.catalog.tables.keys() ?? []
    return {
      url: publicUrl,
      port: http.port,
      pipeline: wired.pipeline,
      made: wired.made,
      service: first && table !== undefined ? { name: first.name, table } : undefined,
      async close() {
        wired.stopping()
        await http.close(graceMs)
        await wired.close()
      },
    }
  } catch (thrown) {
    await http.close(0)
    throw thrown
  }
}

/** The configured URL; with the port in use, where another one was asked for. */
export function publicUrlOf(config: Config, port: number): string {
  const { server } = config
  return server.port === port ? server.publicUrl : server.publicUrl.replace(/:\d+$/, `:${port}`)
}
