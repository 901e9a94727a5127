import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { file, program } from './apt.mjs'
import { selfSigned } from './certificate.mjs'
import { isRoot, listens, run, startServer, temporaryDirectory, untilListening } from './process.mjs'

/** A domain controller listens where its clients look for it, and nowhere else. */
const ports = [389, 636, 3268, 3269]
const password = 'Passw0rd of all!'

/**
 * Samba from Debian as a domain controller of Active Directory for `DC=example,DC=test`, its LDAP alone.
 * @returns {Promise<import('./index.d.mts').LdapServer>}
 */
export async function startSamba() {
  if (!isRoot()) return { skipped: 'only root may start a domain controller, whose ports are below 1024' }
  const server = await program('samba', 'samba-ad-dc')
  if ('skipped' in server) return server
  const tool = await program('samba-tool', 'samba-common-bin')
  if ('skipped' in tool) return tool
  const provision = await file('/usr/share/samba/setup/provision.ldif', 'samba-ad-provision')
  if ('skipped' in provision) return provision
  const taken = (await Promise.all(ports.map(async (port) => ((await listens(port)) ? port : 0)))).find(Boolean)
  if (taken) return { skipped: `something else listens on port ${taken}` }

  const directory = temporaryDirectory('samba', undefined)
  const certificate = await selfSigned(directory)
  if ('skipped' in certificate) return certificate
  chmodSync(certificate.key, 0o600)
  const domain = join(directory, 'domain')
  mkdirSync(domain)
  const local = ['--option=interfaces=lo', '--option=bind interfaces only=yes']
  const names = ['--realm=EXAMPLE.TEST', '--domain=EXAMPLE', '--host-name=dc1', '--dns-backend=NONE']
  await run(tool.path, ['domain', 'provision', `--targetdir=${domain}`, ...names, `--adminpass=${password}`, ...local])
  const config = join(domain, 'etc', 'smb.conf')
  const more = [
    'server services = ldap',
    // Simple binds are for TLS alone, as in a domain that is kept well.
    'ldap server require strong auth = yes',
    `tls certfile = ${certificate.certificate}`,
    `tls keyfile = ${certificate.key}`,
    'tls cafile =',
    `pid directory = ${directory}`,
    `ncalrpc dir = ${join(directory, 'ncalrpc')}`,
  ]
  const made = readFileSync(config, 'utf8').replace(/^\s*server services.*$/m, '')
  writeFileSync(config, made.replace('[global]', ['[global]', ...more].join('\n\t')))
  const running = await startServer({
    command: server.path,
    args: ['-i', '-M', 'single', '--debug-stdout', '-d', '1', '-s', config],
    directory,
    ready: /samba version .* started/,
  })
  await untilListening(636)
  return {
    url: 'ldap://127.0.0.1:389',
    ldaps: 'ldaps://127.0.0.1:636',
    certificate: certificate.certificate,
    suffix: 'DC=example,DC=test',
    admin: { dn: 'CN=Administrator,CN=Users,DC=example,DC=test', password },
    pid: running.pid,
    stop: running.stop,
  }
}
