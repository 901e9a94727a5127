import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { program } from './apt.mjs'
import { freePort, isRoot, run, startServer, temporaryDirectory } from './process.mjs'

/**
 * OpenSSH from Debian, SFTP only, for the user who runs the tests, by key. `TEST_SFTP_URL` names another server instead,
 * with `TEST_SFTP_HOST_KEY` as the fingerprint of its key.
 * @returns {Promise<import('./index.d.mts').SftpServer>}
 */
export async function startSshd() {
  const elsewhere = process.env.TEST_SFTP_URL
  if (elsewhere) {
    const hostKey = process.env.TEST_SFTP_HOST_KEY
    return { url: elsewhere, ...(hostKey ? { hostKey } : {}), stop: async () => {} }
  }
  const server = await program('sshd', 'openssh-server')
  if ('skipped' in server) return server
  const keygen = await program('ssh-keygen', 'openssh-client')
  if ('skipped' in keygen) return keygen
  // Where sshd, as root, puts the process that is to have no rights.
  if (isRoot()) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })

  const directory = temporaryDirectory('sshd', undefined)
  const root = join(directory, 'root')
  mkdirSync(root)
  const [host, user] = [join(directory, 'host'), join(directory, 'user')]
  for (const key of [host, user]) await run(keygen.path, ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key])
  const fingerprint = /SHA256:\S+/.exec(await run(keygen.path, ['-lf', `${host}.pub`, '-E', 'sha256']))
  if (!fingerprint) throw new Error('ssh-keygen printed no fingerprint')
  const allowed = join(directory, 'authorized_keys')
  writeFileSync(allowed, readFileSync(`${user}.pub`))
  chmodSync(allowed, 0o600)

  const port = await freePort()
  const config = join(directory, 'sshd_config')
  writeFileSync(
    config,
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${host}`,
      `PidFile ${join(directory, 'pid')}`,
      `AuthorizedKeysFile ${allowed}`,
      'StrictModes no', // the keys lie in a directory that all may write to
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'MaxStartups 300',
      'PrintMotd no',
      'AllowTcpForwarding no',
      'Subsystem sftp internal-sftp',
      'ForceCommand internal-sftp\n',
    ].join('\n'),
  )
  const running = await startServer({
    command: server.path,
    args: ['-D', '-e', '-f', config],
    directory,
    ready: /Server listening on/,
  })
  return {
    url: `sftp://${encodeURIComponent(userInfo().username)}@127.0.0.1:${port}${root}`,
    hostKey: fingerprint[0],
    privateKey: readFileSync(user, 'utf8'),
    root,
    pid: running.pid,
    stop: running.stop,
  }
}
