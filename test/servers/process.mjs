import { execFile, spawn } from 'node:child_process'
import { chownSync, mkdtempSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** @typedef {{ uid: number, gid: number }} Owner */

const guard = fileURLToPath(new URL('guard.mjs', import.meta.url))

/** Standard output of a command; rejects with its standard error when it fails. @returns {Promise<string>} */
export function run(/** @type {string} */ command, /** @type {string[]} */ args, /** @type {object} */ options = {}) {
  return new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 1 << 24, ...options }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command}: ${String(stderr).trim() || error.message}`))
      else resolve(String(stdout))
    })
  })
}

/** The path of a program, or undefined. @returns {Promise<string | undefined>} */
export async function which(/** @type {string} */ program) {
  const path = await run('sh', ['-c', 'PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$0"', program]).catch(
    () => '',
  )
  return path.trim() || undefined
}

export function isRoot() {
  return process.getuid?.() === 0
}

/** The ids of a system user, or undefined where it does not exist. @returns {Promise<Owner | undefined>} */
export async function owner(/** @type {string} */ user) {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])])
    return { uid: Number(uid), gid: Number(gid) }
  } catch {
    return undefined
  }
}

/** A new directory that `user` owns. */
export function temporaryDirectory(/** @type {string} */ name, /** @type {Owner | undefined} */ user) {
  const directory = mkdtempSync(join(tmpdir(), `gatehouse-${name}-`))
  if (user) chownSync(directory, user.uid, user.gid)
  return directory
}

/** A port of 127.0.0.1, from 20000 on, that was free a moment ago. @returns {Promise<number>} */
export async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const free = await new Promise((resolve) => {
      const probe = createServer()
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
    })
    if (free) return port
  }
}

/** True where something listens on a port of 127.0.0.1. @returns {Promise<boolean>} */
export function listens(/** @type {number} */ port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** For servers that say they are ready before they listen. */
export async function untilListening(/** @type {number} */ port) {
  for (let tries = 0; !(await listens(port)); tries++) {
    if (tries === 200) throw new Error(`nothing listens on port ${port}`)
    await wait(50)
  }
}

/**
 * Starts a server and waits until it prints `ready`. Its directory is removed once it has ended.
 * @param {{ command: string, args: string[], directory: string, user?: Owner | undefined, ready: RegExp, stopSignal?: string }} server
 * @returns {Promise<{ pid: number, stop(): Promise<void> }>}
 */
export function startServer({ command, args, directory, user, ready, stopSignal = 'SIGTERM' }) {
  const ids = user ? [String(user.uid), String(user.gid)] : ['', '']
  const child = spawn(process.execPath, [guard, directory, ...ids, stopSignal, command, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Out of the terminal's process group: Ctrl+C is for the tests, which then stop the server in order.
    detached: true,
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  const stop = async () => {
    child.stdin.end()
    await ended
  }
  return new Promise((resolve, reject) => {
    let log = ''
    let started = false
    const timer = setTimeout(() => {
      void stop()
      reject(new Error(`${command} was not ready within a minute:\n${log}`))
    }, 60_000)
    const read = (/** @type {Buffer} */ chunk) => {
      if (started) return
      log += chunk
      const pid = /guard: server pid (\d+)/.exec(log)
      if (!pid || !ready.test(log)) return
      started = true
      clearTimeout(timer)
      // The guard and its pipes must not keep a finished test run alive.
      child.unref()
      /** @type {import('node:net').Socket} */ for (const pipe of [child.stdin, child.stdout, child.stderr])
        pipe.unref?.()
      resolve({ pid: Number(pid[1]), stop })
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.stdin.on('error', () => {})
    child.once('close', () => {
      clearTimeout(timer)
      if (!started) reject(new Error(`${command} ended at its start:\n${log}`))
    })
  })
}
