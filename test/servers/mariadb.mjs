import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { program } from './apt.mjs'
import { freePort, isRoot, owner, run, startServer, temporaryDirectory } from './process.mjs'

const password = 'p@ss/w#rd:ü'

/**
 * MariaDB from Debian, with an empty database `gatehouse` and a user of all rights.
 * `TEST_MYSQL_URL` names another server instead (with that server's own sql_mode).
 * @param {{ sqlMode?: string }} options sqlMode: `ANSI_QUOTES,STRICT_TRANS_TABLES`; the server's default where absent
 * @returns {Promise<import('./index.d.mts').TestServer>}
 */
export async function startMariadb({ sqlMode } = {}) {
  const elsewhere = process.env.TEST_MYSQL_URL
  if (elsewhere && sqlMode !== undefined)
    return { skipped: `TEST_MYSQL_URL's server keeps its own sql_mode, not ${sqlMode}` }
  if (elsewhere) return { url: elsewhere, stop: async () => {} }
  const server = await program('mariadbd', 'mariadb-server')
  if ('skipped' in server) return server
  const installer = await program('mariadb-install-db', 'mariadb-server')
  if ('skipped' in installer) return installer
  const user = isRoot() ? await owner('mysql') : undefined

  const directory = temporaryDirectory('mariadb', user)
  const data = join(directory, 'data')
  const asUser = isRoot() ? ['--user=mysql'] : []
  await run(installer.path, [
    '--no-defaults',
    ...asUser,
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ])
  const init = join(directory, 'init.sql')
  writeFileSync(
    init,
    [
      'CREATE DATABASE gatehouse CHARACTER SET utf8mb4;',
      `CREATE USER gatehouse@'%' IDENTIFIED BY '${password}';`,
      "GRANT ALL ON *.* TO gatehouse@'%' WITH GRANT OPTION;\n",
    ].join('\n'),
    { mode: 0o644 },
  )
  const port = await freePort()
  const running = await startServer({
    command: server.path,
    args: [
      '--no-defaults',
      ...asUser,
      `--datadir=${data}`,
      `--socket=${join(directory, 'socket')}`,
      `--pid-file=${join(directory, 'pid')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--skip-name-resolve',
      '--innodb-flush-log-at-trx-commit=0',
      '--max-connections=200',
      '--character-set-server=utf8mb4',
      '--default-time-zone=+05:30', // neither UTC nor the tests' own, so that what relies on it fails
      `--init-file=${init}`,
      ...(sqlMode === undefined ? [] : [`--sql-mode=${sqlMode}`]),
    ],
    directory,
    user,
    ready: /ready for connections/,
  })
  const url = `mysql://gatehouse:${encodeURIComponent(password)}@127.0.0.1:${port}/gatehouse`
  return { url, pid: running.pid, stop: running.stop }
}
