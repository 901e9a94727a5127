import { randomBytes } from 'node:crypto'
import type { JsonObject } from '@gatehouse/core'
import { describe, expect } from 'vitest'
import { ftpExplicitTls } from '../backends/ftp.js'
import { sftp } from '../backends/sftp.js'
import { webdavBasic } from '../backends/webdav.js'
import { testRemoteStorage } from './remote-storage.js'

function withSecret({ connection, private_key: _key, ...service }: JsonObject, secret: string): JsonObject {
  const url = new URL(String(connection))
  url.password = secret
  return { ...service, connection: url.href }
}

const servers = [
  { backend: sftp, insecure: 'insecure_host_key' },
  { backend: ftpExplicitTls, insecure: 'insecure_certificate' },
  { backend: webdavBasic, insecure: 'insecure_certificate' },
]

describe.each(servers)('$backend.name', ({ backend, insecure }) => {
  const test = testRemoteStorage({
    backend,
    service: { [insecure]: true },
    withSecret,
    wrongSecret: 'a-password-that-nobody-has',
    telling: /127\.0\.0\.1|gatehouse:|SHA256|530|401|auth|credential/i,
    unwise: `services.files.${insecure}: any server is taken for the right one`,
    long: 32 * 1024 ** 2,
  })

  test('200 downloads at a time', async (files) => {
    const content = randomBytes(100_000)
    await files.put('many.bin', content)
    const replies = await Promise.all(Array.from({ length: 200 }, () => files.get('many.bin')))
    expect(replies.filter(({ status, bytes }) => status === 200 && content.equals(bytes))).toHaveLength(200)
  })
})
