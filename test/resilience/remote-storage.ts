import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '@gatehouse/core'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { FileBackend, OpenFileBackend } from '../backends/file-backend.js'
import { runCli } from '../cli/run-cli.js'
import { createFileApi, type FileApi } from '../harness/file-api.js'
import { everything, type RunningGateway, startGateway } from '../harness/running-gateway.js'
import { serve } from '../harness/serve.js'

/** A storage elsewhere, and what its tests must know of it. */
export interface RemoteStorage {
  readonly backend: FileBackend
  /** What its service has beside what the backend says. */
  readonly service: JsonObject
  /** The same place with a secret that the storage refuses. */
  withSecret(service: JsonObject, secret: string): JsonObject
  readonly wrongSecret: string
  /** Words that would tell callers about the storage or its credentials. */
  readonly telling: RegExp
  /** What `gatehouse check` finds unwise about the service. */
  readonly unwise: string
  /** Bytes of a file that is still on its way when its first part is read. */
  readonly long: number
}

/** A test of the service `files` as an administrator. */
type StorageTest = (
  what: string,
  body: (files: FileApi, gateway: RunningGateway, open: OpenFileBackend) => Promise<void>,
) => void

/** The tests that hold for every storage elsewhere; returns what makes more of them. */
export function testRemoteStorage(storage: RemoteStorage): StorageTest {
  const { backend, wrongSecret, long } = storage
  const servicesOn = ({ service }: OpenFileBackend) => ({
    files: { ...service, ...storage.service },
    wrong: storage.withSecret(service, wrongSecret),
  })
  const serving = serve(backend, (open) => startGateway({ services: servicesOn(open) }))
  const test: StorageTest = (what, body) =>
    it(what, async () => {
      const { gateway, place } = serving
      await body(createFileApi(gateway.url, gateway.key('admin'), 'files'), gateway, place)
    })

  test('wrong credentials: 503 without detail, while others serve', async (files, { url, key }) => {
    const wrong = createFileApi(url, key('admin'), 'wrong')
    for (const reply of [await wrong.get(''), await wrong.get('a.txt'), await wrong.put('a.txt', 'x')]) {
      expect(reply.status).toBe(503)
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(reply.text).not.toMatch(storage.telling)
      expect(reply.text).not.toContain(wrongSecret)
    }
    expect((await files.put('a.txt', 'x')).status).toBeLessThan(300)
  })

  test('`gatehouse check` says what is wrong and what is unwise, and no secret', async (_files, _gateway, open) => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-check-'))
    const store = { url: `sqlite:${join(folder, 'gatehouse.db')}` }
    const config = { store, services: servicesOn(open), roles: { admin: everything } }
    await writeFile(join(folder, 'gatehouse.yaml'), stringify(config))
    const { code, out, err } = await runCli(['check', '--config', 'gatehouse.yaml'], folder)
    expect(code, out + err).toBe(1)
    expect(out + err).toContain('wrong: The storage refuses the credentials of the service')
    expect(out + err).toContain(storage.unwise)
    expect(out + err).not.toContain(wrongSecret)
    await rm(folder, { recursive: true })
  })

  test('while it is away: 503, and all is well once it is back', async (files, _gateway, { down }) => {
    await files.put('down.txt', 'x')
    await down?.(true)
    for (const reply of [await files.get('down.txt'), await files.get(''), await files.put('down.txt', 'y')]) {
      expect(reply.status).toBe(503)
      expect(reply.text).not.toContain('127.0.0.1')
    }
    await down?.(false)
    expect((await files.get('down.txt')).text).toBe('x')
  })

  test('when it goes in the middle of a download: the answer is broken off', async (files, { url, key }, { down }) => {
    expect((await files.put('long.bin', randomBytes(long))).status).toBeLessThan(300)
    for (const headers of [{}, { range: `bytes=10-${long - 500_000}` }]) {
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

  return test
}
