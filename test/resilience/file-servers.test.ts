import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '@gatehouse/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { OpenFileBackend } from '../backends/file-backend.js'
import { ftpExplicitTls } from '../backends/ftp.js'
import { sftp } from '../backends/sftp.js'
import { webdavBasic } from '../backends/webdav.js'
import { runCli } from '../cli/run-cli.js'
import { createFileApi, type FileApi } from '../harness/file-api.js'
import { everything, type RunningGateway, startGateway } from '../harness/running-gateway.js'

const wrongPassword = 'a-password-that-nobody-has'

/** The same place with a password that its server refuses. */
function withWrongPassword({ connection, private_key: _key, ...service }: JsonObject): JsonObject {
  const url = new URL(String(connection))
  url.password = wrongPassword
  return { ...service, connection: url.href }
}

const servers = [
  { backend: sftp, insecure: 'insecure_host_key' },
  { backend: ftpExplicitTls, insecure: 'insecure_certificate' },
  { backend: webdavBasic, insecure: 'insecure_certificate' },
]

describe.each(servers)('$backend.name', ({ backend, insecure }) => {
  let open: OpenFileBackend | undefined
  let gateway: RunningGateway | undefined
  let skipped = ''
  let services: JsonObject = {}
  beforeAll(async () => {
    const opened = await backend.open()
    if ('skipped' in opened) {
      skipped = opened.skipped
      return
    }
    open = opened
    services = {
      files: { ...opened.service, [insecure]: true },
      wrong: withWrongPassword(opened.service),
    }
    gateway = await startGateway({ services })
  })
  afterAll(async () => {
    await gateway?.close()
    await open?.close()
  })
  const test = (
    what: string,
    body: (files: FileApi, gateway: RunningGateway, open: OpenFileBackend) => Promise<void>,
  ) =>
    it(what, async ({ skip }) => {
      if (!gateway || !open) return skip(skipped)
      await body(createFileApi(gateway.url, gateway.key('admin'), 'files'), gateway, open)
    })

  test('wrong credentials: 503 without detail, while others serve', async (files, { url, key }) => {
    const wrong = createFileApi(url, key('admin'), 'wrong')
    for (const reply of [await wrong.get(''), await wrong.get('a.txt'), await wrong.put('a.txt', 'x')]) {
      expect(reply.status).toBe(503)
      expect(reply.text).not.toMatch(/127\.0\.0\.1|gatehouse:|SHA256|530|401|auth|credential/i)
      expect(reply.text).not.toContain(wrongPassword)
    }
    expect((await files.put('a.txt', 'x')).status).toBeLessThan(300)
  })

  test('`gatehouse check` says what is wrong and what is unwise, and no secret', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-check-'))
    const config = { store: { url: `sqlite:${join(folder, 'gatehouse.db')}` }, services, roles: { admin: everything } }
    await writeFile(join(folder, 'gatehouse.yaml'), stringify(config))
    const { code, out, err } = await runCli(['check', '--config', 'gatehouse.yaml'], folder)
    expect(code, out + err).toBe(1)
    expect(out + err).toContain('wrong: The storage refuses the credentials of the service')
    expect(out + err).toContain(`services.files.${insecure}: any server is taken for the right one`)
    expect(out + err).not.toContain(wrongPassword)
    await rm(folder, { recursive: true })
  })

  test('a server that is away: 503, and all is well once it is back', async (files, _, { down }) => {
    await files.put('down.txt', 'x')
    await down?.(true)
    for (const reply of [await files.get('down.txt'), await files.get(''), await files.put('down.txt', 'y')]) {
      expect(reply.status).toBe(503)
      expect(reply.text).not.toContain('127.0.0.1')
    }
    await down?.(false)
    expect((await files.get('down.txt')).text).toBe('x')
  })

  test('a server that goes in the middle of a download: the answer is broken off', async (_files, { url, key }, {
    down,
  }) => {
    const files = createFileApi(url, key('admin'), 'files')
    expect((await files.put('long.bin', randomBytes(32 * 1024 ** 2))).status).toBeLessThan(300)
    for (const headers of [{}, { range: 'bytes=10-33000000' }]) {
      const response = await fetch(`${url}/api/v2/files/long.bin`, {
        headers: { 'x-api-key': key('admin'), ...headers },
      })
      expect(response.ok).toBe(true)
      const reader = response.body?.getReader()
      await reader?.read()
      await down?.(true)
      const rest = async () => {
        while (!(await reader?.read())?.done);
      }
      await expect(rest()).rejects.toThrow()
      await down?.(false)
    }
  })

  test('200 downloads at a time', async (files) => {
    const content = randomBytes(100_000)
    await files.put('many.bin', content)
    const replies = await Promise.all(Array.from({ length: 200 }, () => files.get('many.bin')))
    expect(replies.filter(({ status, bytes }) => status === 200 && content.equals(bytes))).toHaveLength(200)
  })
})
