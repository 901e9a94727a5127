import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isJsonObject, type JsonObject } from '@gatehouse/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { azureBlob } from '../backends/azure-blob.js'
import type { OpenFileBackend } from '../backends/file-backend.js'
import { swift } from '../backends/s3.js'
import { runCli } from '../cli/run-cli.js'
import { createFileApi, type FileApi } from '../harness/file-api.js'
import { everything, type RunningGateway, startGateway } from '../harness/running-gateway.js'

const wrongKey = Buffer.from('a key that no storage knows').toString('base64')

/** The same place with credentials that its storage refuses. */
function withWrongCredentials({ connection, ...service }: JsonObject): JsonObject {
  if (typeof connection === 'string') {
    return { ...service, connection: connection.replace(/AccountKey=[^;]+/, `AccountKey=${wrongKey}`) }
  }
  return { ...service, connection: { ...(isJsonObject(connection) ? connection : {}), secret_access_key: wrongKey } }
}

describe.each([swift, azureBlob])('$name', (backend) => {
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
    services = { files: { ...opened.service, timeout: '5s' }, wrong: withWrongCredentials(opened.service) }
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
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(reply.text).not.toMatch(/127\.0\.0\.1|test:|devstore|Signature|AccountKey|credential/i)
      expect(reply.text).not.toContain(wrongKey)
    }
    expect((await files.put('a.txt', 'x')).status).toBeLessThan(300)
  })

  test('wrong credentials: `gatehouse check` says so, and no secret', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-check-'))
    const config = { store: { url: `sqlite:${join(folder, 'gatehouse.db')}` }, services, roles: { admin: everything } }
    await writeFile(join(folder, 'gatehouse.yaml'), stringify(config))
    const { code, out, err } = await runCli(['check', '--config', 'gatehouse.yaml'], folder)
    expect(code).toBe(1)
    expect(out + err).toContain('wrong: The storage refuses the credentials of the service')
    expect(out + err).toContain('a password stands in the file')
    expect(out + err).not.toContain(wrongKey)
    await rm(folder, { recursive: true })
  })

  test('a storage that is down: 503 at once, and not once it is back', async (files, _, { down }) => {
    await files.put('down.txt', 'x')
    await down?.(true)
    for (const reply of [await files.get('down.txt'), await files.get(''), await files.put('down.txt', 'y')]) {
      expect(reply.status).toBe(503)
      expect(reply.text).not.toContain('127.0.0.1')
    }
    await down?.(false)
    expect((await files.get('down.txt')).text).toBe('x')
  })

  test('a storage that stops in the middle of a download: the answer is broken off', async (files, { url, key }, {
    down,
  }) => {
    const content = randomBytes(48 * 1024 ** 2)
    expect((await files.put('long.bin', content)).status).toBeLessThan(300)
    for (const headers of [{}, { range: 'bytes=10-45000000' }]) {
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

  test('a client that breaks off an upload: the old file stays', async (files, { url, key }) => {
    await files.put('kept.txt', 'the old content')
    const { hostname, port } = new URL(url)
    for (const length of ['content-length: 20000000', 'transfer-encoding: chunked']) {
      const socket = connect(Number(port), hostname)
      const head = `PUT /api/v2/files/kept.txt HTTP/1.1\r\nhost: ${hostname}\r\nx-api-key: ${key('admin')}\r\n${length}\r\n`
      const chunk = randomBytes(1_000_000)
      const framed = length.startsWith('content') ? [chunk] : [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n']
      socket.write(`${head}content-type: text/plain\r\n\r\n`)
      for (let i = 0; i < 12; i++) for (const part of framed) socket.write(part)
      await pause(500)
      socket.destroy()
      await pause(500)
      expect((await files.get('kept.txt')).text).toBe('the old content')
    }
  })
})
