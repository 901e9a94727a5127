// Brings a checkout to where it can run: dependencies as the lock file says, and the code compiled. Does nothing twice.
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const needed = [20, 19]

/** Runs a command in the project's folder with its output shown; ends the process when it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

export function bin(name) {
  return join(root, 'node_modules', '.bin', name)
}

function newest(folder, after) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'dist' || entry.name === 'node_modules') continue
    const path = join(folder, entry.name)
    if (entry.isDirectory() ? newest(path, after) : statSync(path).mtimeMs > after) return true
  }
  return false
}

/** Where no prebuilt driver can be had, it is compiled: with the headers beside this Node, so that none are downloaded. */
function withOwnHeaders() {
  const prefix = dirname(dirname(realpathSync(process.execPath)))
  const known = process.env.npm_config_nodedir !== undefined || !existsSync(join(prefix, 'include', 'node', 'node.h'))
  return known ? process.env : { ...process.env, npm_config_nodedir: prefix }
}

function install() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  const stamp = join(root, 'node_modules', '.gatehouse-lock')
  if (existsSync(stamp) && readFileSync(stamp).equals(lock)) return
  console.error('Installing dependencies...')
  // The versions of the lock file, and not `npm ci`: that refuses a lock file which lacks the optional packages of
  // platforms other than the one it was made on.
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], { env: withOwnHeaders() })
  writeFileSync(stamp, lock)
}

function build() {
  const stamp = join(root, 'node_modules', '.gatehouse-build')
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0
  const sources = ['packages', 'services', 'tsconfig.base.json', 'tsconfig.json', 'package-lock.json']
  const stale = sources.some((name) => {
    const path = join(root, name)
    return statSync(path).isDirectory() ? newest(path, built) : statSync(path).mtimeMs > built
  })
  const missing = !existsSync(join(root, 'services', 'gateway', 'dist', 'index.js'))
  if (!stale && !missing) return
  console.error('Compiling...')
  const now = new Date()
  run(bin('tsc'), ['-b', 'services/gateway'])
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, '')
  utimesSync(stamp, now, now)
}

/** Throws nothing: explains and ends the process when this cannot work. */
export function prepare() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
    console.error(`Gatehouse needs Node ${needed.join('.')} or newer; this is ${process.versions.node}.`)
    process.exit(1)
  }
  install()
  build()
}
