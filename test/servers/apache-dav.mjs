import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { program } from './apt.mjs'
import { selfSigned } from './certificate.mjs'
import { freePort, isRoot, owner, run, startServer, temporaryDirectory } from './process.mjs'

const user = 'gatehouse'
const password = 'p@ss/w#rd:ü'
const realm = 'files'

/**
 * Apache with mod_dav from Debian: Basic authentication at `url`, the same folder by Digest at `digest`, by HTTPS at `https`.
 * `TEST_WEBDAV_URL` names another server instead.
 * @returns {Promise<import('./index.d.mts').WebdavServer>}
 */
export async function startApacheDav() {
  const elsewhere = process.env.TEST_WEBDAV_URL
  if (elsewhere) return { url: elsewhere, stop: async () => {} }
  const server = await program('apache2', 'apache2-bin')
  if ('skipped' in server) return server
  const nobody = isRoot() ? await owner('nobody') : undefined
  const directory = temporaryDirectory('apache', nobody)
  chmodSync(directory, 0o755)
  const certificate = await selfSigned(directory)
  if ('skipped' in certificate) return certificate
  const [root, locks] = [join(directory, 'root'), join(directory, 'locks')]
  for (const folder of [root, locks]) mkdirSync(folder)
  if (nobody) await run('chown', [`${nobody.uid}:${nobody.gid}`, root, locks])

  const sha = createHash('sha1').update(password).digest('base64')
  const md5 = createHash('md5').update(`${user}:${realm}:${password}`).digest('hex')
  writeFileSync(join(directory, 'basic'), `${user}:{SHA}${sha}\n`, { mode: 0o644 })
  writeFileSync(join(directory, 'digest'), `${user}:${realm}:${md5}\n`, { mode: 0o644 })
  const [port, tlsPort] = [await freePort(), await freePort()]
  const modules = [
    ...['mpm_event', 'unixd', 'authn_core', 'authn_file', 'authz_core', 'authz_user', 'auth_basic', 'auth_digest'],
    ...['alias', 'dav', 'dav_fs', 'mime', 'ssl', 'socache_shmcb', 'reqtimeout'],
  ]
  const built = new Set((await run(server.path, ['-l'])).split(/\s+/))
  const load = modules
    .filter((name) => !built.has(`mod_${name}.c`))
    .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
  const folder = (/** @type {string} */ path, /** @type {string} */ type) => [
    `Alias ${path} ${root}`,
    `<Location ${path}>`,
    '  Dav On',
    `  AuthType ${type}`,
    `  AuthName ${realm}`,
    `  Auth${type === 'Basic' ? 'Basic' : 'Digest'}Provider file`,
    `  AuthUserFile ${join(directory, type.toLowerCase())}`,
    '  Require valid-user',
    '</Location>',
  ]
  const config = join(directory, 'apache.conf')
  writeFileSync(
    config,
    [
      ...load,
      `ServerRoot ${directory}`,
      'ServerName 127.0.0.1',
      `PidFile ${join(directory, 'pid')}`,
      `DefaultRuntimeDir ${directory}`,
      `Mutex file:${directory}`,
      ...(isRoot() ? ['User nobody', 'Group nogroup'] : []),
      `Listen 127.0.0.1:${port}`,
      `Listen 127.0.0.1:${tlsPort}`,
      'ErrorLog "|/bin/cat"', // it cannot open the socket that standard error is here
      'LogLevel notice',
      'ServerLimit 5',
      'ThreadsPerChild 64',
      'MaxRequestWorkers 320',
      'TypesConfig /dev/null',
      'AddType text/plain .txt',
      `DavLockDB ${join(locks, 'db')}`,
      'DavDepthInfinity off',
      'AllowEncodedSlashes NoDecode',
      `<Directory ${root}>`,
      '  Require all granted',
      '</Directory>',
      ...folder('/basic', 'Basic'),
      ...folder('/digest', 'Digest'),
      `<VirtualHost 127.0.0.1:${tlsPort}>`,
      '  SSLEngine on',
      `  SSLCertificateFile ${certificate.certificate}`,
      `  SSLCertificateKeyFile ${certificate.key}`,
      '</VirtualHost>\n',
    ].join('\n'),
  )
  const running = await startServer({
    command: server.path,
    args: ['-f', config, '-DFOREGROUND'],
    directory,
    ready: /resuming normal operations/,
  })
  const at = (/** @type {string} */ scheme, /** @type {number} */ port, /** @type {string} */ path) =>
    `${scheme}://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}${path}`
  return {
    url: at('http', port, '/basic/'),
    digest: at('http', port, '/digest/'),
    https: at('https', tlsPort, '/basic/'),
    certificate: certificate.pem,
    root,
    pid: running.pid,
    stop: running.stop,
  }
}
