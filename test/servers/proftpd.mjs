import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { program } from './apt.mjs'
import { selfSigned } from './certificate.mjs'
import { freePort, isRoot, owner, run, startServer, temporaryDirectory } from './process.mjs'

const password = 'p@ss/w#rd:ü'

/**
 * ProFTPD from Debian. One port speaks plain FTP and explicit TLS, one implicit TLS, one plain FTP without machine-readable
 * listings. `TEST_FTP_URL` names another server instead.
 * @returns {Promise<import('./index.d.mts').FtpServer>}
 */
export async function startProftpd() {
  const elsewhere = process.env.TEST_FTP_URL
  if (elsewhere) return { url: elsewhere, stop: async () => {} }
  const server = await program('proftpd', 'proftpd-core')
  if ('skipped' in server) return server
  const modules = '/usr/lib/proftpd'
  if (!existsSync(join(modules, 'mod_tls.so'))) {
    const wait = ['-o', 'DPkg::Lock::Timeout=180', '-qq']
    const install = ['install', '-y', '--no-install-recommends', 'proftpd-mod-crypto']
    await run('apt-get', [...wait, ...install], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).catch(
      () => undefined,
    )
  }
  if (!existsSync(join(modules, 'mod_tls.so'))) {
    return { skipped: 'proftpd has no mod_tls, and its Debian package proftpd-mod-crypto could not be installed' }
  }

  const nobody = isRoot() ? await owner('nobody') : undefined
  const ids = nobody ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const directory = temporaryDirectory('proftpd', nobody)
  chmodSync(directory, 0o755)
  const certificate = await selfSigned(directory)
  if ('skipped' in certificate) return certificate
  const root = join(directory, 'root')
  mkdirSync(root)
  if (nobody) await run('chown', [`${nobody.uid}:${nobody.gid}`, root])

  const hash = await hashed()
  if (typeof hash !== 'string') return hash
  const users = join(directory, 'users')
  writeFileSync(users, `gatehouse:${hash}:${ids.uid}:${ids.gid}::${root}:/bin/false\n`, { mode: 0o600 })
  const [plain, implicit, listOnly] = [await freePort(), await freePort(), await freePort()]
  const withTls = [
    '  TLSEngine on',
    `  TLSECCertificateFile ${certificate.certificate}`,
    `  TLSECCertificateKeyFile ${certificate.key}`,
    '  TLSRequired off',
    `  TLSLog ${join(directory, 'tls.log')}`,
  ]
  const common = [
    '  AuthOrder mod_auth_file.c',
    `  AuthUserFile ${users}`,
    '  RequireValidShell off',
    '  AllowOverwrite on',
    '  AllowStoreRestart on',
    '  UseFtpUsers off',
    ...(isRoot() ? ['  DefaultRoot ~'] : []),
  ]
  const config = join(directory, 'proftpd.conf')
  writeFileSync(
    config,
    [
      `ModulePath ${modules}`,
      'LoadModule mod_tls.c',
      'ServerType standalone',
      'ServerName test',
      'DefaultAddress 127.0.0.1',
      `Port ${plain}`,
      'UseIPv6 off',
      'UseReverseDNS off',
      ...(isRoot() ? ['User nobody', 'Group nogroup'] : []),
      `PidFile ${join(directory, 'pid')}`,
      `ScoreboardFile ${join(directory, 'scoreboard')}`,
      `DelayTable ${join(directory, 'delay')}`,
      'DelayEngine off',
      'WtmpLog off',
      'SystemLog none',
      'TransferLog none',
      'MaxInstances 300',
      'Umask 022',
      'TimesGMT on',
      ...common,
      ...withTls,
      '<VirtualHost 127.0.0.1>',
      `  Port ${implicit}`,
      ...common,
      ...withTls,
      '  TLSOptions UseImplicitSSL',
      '</VirtualHost>',
      '<VirtualHost 127.0.0.1>',
      `  Port ${listOnly}`,
      '  FactsAdvertise off',
      ...common,
      '</VirtualHost>\n',
    ].join('\n'),
  )
  const running = await startServer({
    command: server.path,
    args: ['-n', '-c', config, '-d', '1'],
    directory,
    ready: /standalone mode STARTUP/,
  })
  const at = (/** @type {string} */ scheme, /** @type {number} */ port) =>
    `${scheme}://gatehouse:${encodeURIComponent(password)}@127.0.0.1:${port}/`
  return {
    url: at('ftp', plain),
    explicitTls: at('ftpes', plain),
    implicitTls: at('ftps', implicit),
    listOnly: at('ftp', listOnly),
    certificate: certificate.pem,
    root,
    pid: running.pid,
    stop: running.stop,
  }
}

/** The password as crypt(3) keeps it. */
async function hashed() {
  const openssl = await program('openssl', 'openssl')
  if ('skipped' in openssl) return openssl
  return (await run(openssl.path, ['passwd', '-6', password])).trim()
}
