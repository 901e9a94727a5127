import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { startApacheDav, startProftpd, startSshd } from '../../../../test/servers/index.mjs'
import { targetOf as ftpTarget } from '../ftp/config.js'
import { targetOf as sftpTarget } from '../sftp/config.js'
import { targetOf as webdavTarget } from '../webdav/config.js'

const most = 200 * 1024 * 1024
const script = fileURLToPath(new URL('testing/gigabyte.mjs', import.meta.url))

/** What a process needs that writes and reads one gibibyte, the compiled driver in it. */
async function memoryOf(module: string, factory: string, target: unknown): Promise<number> {
  const compiled = fileURLToPath(new URL(`../../dist/${module}/driver.js`, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script, compiled, factory, JSON.stringify(target)])
  return Number(stdout)
}

let stop: (() => Promise<void>) | undefined
afterEach(async () => {
  await stop?.()
  stop = undefined
})

test('1 GiB up and down by SFTP takes less than 200 MB', { timeout: 300_000 }, async ({ skip }) => {
  const server = await startSshd()
  if ('skipped' in server) return skip(server.skipped)
  stop = server.stop
  const { url, hostKey, privateKey } = server
  const keys = hostKey ? { host_key: hostKey } : { insecure_host_key: true }
  const target = sftpTarget({ connection: url, ...keys, ...(privateKey ? { private_key: privateKey } : {}) })
  const hostKeys = target.hostKeys === 'any' ? 'any' : [...target.hostKeys]
  expect(await memoryOf('sftp', 'sftpDriver', { ...target, hostKeys })).toBeLessThan(most)
})

test('1 GiB up and down by FTP and TLS takes less than 200 MB', { timeout: 300_000 }, async ({ skip }) => {
  const server = await startProftpd()
  if ('skipped' in server) return skip(server.skipped)
  stop = server.stop
  const { url, explicitTls = url, certificate } = server
  const target = ftpTarget({ connection: explicitTls, ...(certificate ? { ca: certificate } : {}) })
  expect(await memoryOf('ftp', 'ftpDriver', target)).toBeLessThan(most)
})

test('1 GiB up and down by WebDAV takes less than 200 MB', { timeout: 300_000 }, async ({ skip }) => {
  const server = await startApacheDav()
  if ('skipped' in server) return skip(server.skipped)
  stop = server.stop
  expect(await memoryOf('webdav', 'webdavDriver', webdavTarget({ connection: server.url }))).toBeLessThan(most)
})
