import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '@gatehouse/core'
import { stringify } from 'yaml'
import { type Ended, runCli, spawnCli } from '../cli/run-cli.js'
import { type Api, createApi } from '../harness/api.js'
import { everything, testKey } from '../harness/running-gateway.js'

/** A gateway of its own process, with a folder that stays between its starts. */
export interface GatewayProcess {
  readonly url: string
  readonly key: string
  readonly api: Api
  readonly pid: number
  /** Resolves with its end. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<Ended>
  /** The most memory that it ever had in use, in bytes. */
  peakMemory(): Promise<number>
}

/**
 * Bytes that a gateway may have in use at most, however much it sends. The engine of Node 22 and later lets what is young
 * and mostly garbage grow to 128 MB before it looks through it, the one before to 32 MB.
 */
export const mostMemory: number = (Number.parseInt(process.versions.node, 10) < 22 ? 200 : 290) * 1024 ** 2

export interface Installation {
  readonly folder: string
  start(): Promise<GatewayProcess>
  /** `gatehouse` with these arguments and the configuration. */
  run(...args: readonly string[]): Promise<Ended>
  close(): Promise<void>
}

/** An installation in a fresh folder; the holder of the key may do everything. */
export async function install(content: JsonObject): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-process-'))
  const key = testKey('admin')
  const whole = {
    server: { port: 8080 },
    store: { url: 'sqlite:./data/gatehouse.db' },
    log: { level: 'error', format: 'json' },
    roles: { admin: everything },
    keys: [{ name: 'admin', roles: ['admin'], key }],
    ...content,
  }
  await writeFile(join(folder, 'gatehouse.yaml'), stringify(whole))
  const running = new Set<() => Promise<Ended>>()
  return {
    folder,
    run: (...args) => runCli([...args, '--config', 'gatehouse.yaml'], folder),
    async start() {
      const { child, ended, printed } = spawnCli(['start', '--config', 'gatehouse.yaml', '--port', '0'], folder)
      const out = await printed('MCP client')
      const port = /localhost:(\d+)/.exec(out)?.[1]
      const url = `http://127.0.0.1:${port}`
      const pid = child.pid ?? 0
      const end = (signal: 'SIGTERM' | 'SIGKILL') => {
        child.kill(signal)
        return ended
      }
      const kill = () => end('SIGKILL')
      running.add(kill)
      void ended.then(() => running.delete(kill))
      return {
        url,
        key,
        pid,
        api: createApi(url, key),
        end,
        async peakMemory() {
          const kilobytes = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
          return Number(kilobytes) * 1024
        },
      }
    },
    async close() {
      await Promise.all([...running].map((kill) => kill()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
