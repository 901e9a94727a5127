import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const bin = join(root, 'services', 'gateway', 'bin', 'gatehouse.mjs')

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command line to its end. */
export function runCli(args: readonly string[], cwd: string, env: Record<string, string> = {}): Promise<Ended> {
  const { child, ended } = spawnCli(args, cwd, env)
  child.stdin?.end()
  return ended
}

/** Starts the command line; `printed` resolves when a text has appeared on standard output. */
export function spawnCli(args: readonly string[], cwd: string, env: Record<string, string> = {}) {
  const child: ChildProcess = spawn(process.execPath, [bin, ...args], { cwd, env: { ...process.env, ...env } })
  let out = ''
  let err = ''
  const waiting = new Set<() => void>()
  child.stdout?.on('data', (chunk) => {
    out += chunk
    for (const look of waiting) look()
  })
  child.stderr?.on('data', (chunk) => {
    err += chunk
  })
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, out, err }))
  })
  const printed = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        if (!out.includes(text)) return
        waiting.delete(look)
        resolve(out)
      }
      waiting.add(look)
      void ended.then(() => reject(new Error(`it ended without printing ${text}\n${out}\n${err}`)))
      look()
    })
  return { child, ended, printed }
}
