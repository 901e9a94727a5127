import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { program } from './apt.mjs'
import { selfSigned } from './certificate.mjs'
import { freePort, isRoot, owner, run, startServer, temporaryDirectory, untilListening } from './process.mjs'

const suffix = 'dc=example,dc=com'

/**
 * OpenLDAP from Debian with nothing below `dc=example,dc=com`, not even that entry: with memberOf, password policies and TLS.
 * Everybody may read all but passwords; with `anonymous: false` only who has signed in.
 * @returns {Promise<import('./index.d.mts').LdapServer>}
 */
export async function startSlapd({ anonymous = true } = {}) {
  const server = await program('slapd', 'slapd')
  if ('skipped' in server) return server
  const user = isRoot() ? await owner('openldap') : undefined
  const directory = temporaryDirectory('slapd', user)
  chmodSync(directory, 0o755)
  const certificate = await selfSigned(directory)
  if ('skipped' in certificate) return certificate
  const data = join(directory, 'data')
  mkdirSync(data)
  const files = [data, certificate.key, certificate.certificate]
  if (user) for (const file of files) await run('chown', [`${user.uid}:${user.gid}`, file])
  const [plain, secure] = [await freePort(), await freePort()]
  const config = join(directory, 'slapd.conf')
  const readers = anonymous ? '*' : 'users'
  writeFileSync(
    config,
    [
      ...['core', 'cosine', 'nis', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`),
      'modulepath /usr/lib/ldap',
      ...['back_mdb', 'memberof', 'ppolicy'].map((name) => `moduleload ${name}`),
      `pidfile ${join(directory, 'pid')}`,
      `TLSCertificateFile ${certificate.certificate}`,
      `TLSCertificateKeyFile ${certificate.key}`,
      'database mdb',
      `suffix "${suffix}"`,
      `rootdn "cn=admin,${suffix}"`,
      'rootpw secret',
      `directory ${data}`,
      'maxsize 33554432',
      'index objectClass,uid,mail,member,entryUUID eq',
      'access to attrs=userPassword by anonymous auth by * none',
      `access to * by ${readers} read by * ${anonymous ? 'read' : 'none'}`,
      'overlay memberof',
      'overlay ppolicy',
      `ppolicy_default "cn=policy,${suffix}"\n`,
    ].join('\n'),
  )
  const running = await startServer({
    command: server.path,
    args: ['-f', config, '-h', `ldap://127.0.0.1:${plain} ldaps://127.0.0.1:${secure}`, '-d', 'none'],
    directory,
    user,
    ready: /slapd starting/,
  })
  for (const port of [plain, secure]) await untilListening(port)
  return {
    url: `ldap://127.0.0.1:${plain}`,
    ldaps: `ldaps://127.0.0.1:${secure}`,
    certificate: certificate.certificate,
    suffix,
    admin: { dn: `cn=admin,${suffix}`, password: 'secret' },
    pid: running.pid,
    stop: running.stop,
  }
}
