import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFileApi } from '../harness/file-api.js'
import { type RunningGateway, startGateway } from '../harness/running-gateway.js'
import { install, mostMemory } from './gateway-process.js'

let folder = ''
let root = ''
let gateway: RunningGateway
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-faults-'))
  root = join(folder, 'root')
  await mkdir(root)
  await mkdir(join(folder, 'other'))
  await writeFile(join(folder, 'other', 'here.txt'), 'here')
  const services = {
    files: { type: 'local_file', root, refresh: '200ms', max_file_size: '64mb' },
    other: { type: 'local_file', root: join(folder, 'other') },
  }
  gateway = await startGateway({ services })
})
afterAll(async () => {
  await gateway.close()
  await rm(folder, { recursive: true })
})

const api = (service = 'files') => createFileApi(gateway.url, gateway.key('admin'), service)
const headers = () => ({ 'x-api-key': gateway.key('admin') })
const unfinished = async () => readdir(join(root, '.gatehouse-work')).catch(() => [])

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await holds()) return
    await pause(50)
  }
  throw new Error('It did not come to be')
}

/** The answer as a stream that nobody reads yet. */
function begin(path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpRequest(`${gateway.url}/api/v2/files/${path}`, { headers: headers() }, resolve).on('error', reject).end()
  })
}

describe('a storage that fails', () => {
  it('is down while its root is away: 503 with a hint to retry, others serve, and it comes back', async () => {
    await api().put('stay.txt', 'x')
    await rename(root, `${root}-away`)
    const down = await api().get('stay.txt')
    expect(down.status).toBe(503)
    expect(Number(down.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(down.text).not.toContain(folder)
    expect((await api().put('new.txt', 'x')).status).toBe(503)
    expect((await api().get('')).status).toBe(503)
    expect((await api('other').get('here.txt')).text).toBe('here')
    await rename(`${root}-away`, root)
    await until(async () => (await api().get('stay.txt')).status === 200)
  })

  it('that stops in the middle of a download aborts the answer, which never looks whole', async () => {
    const size = 40 * 1024 * 1024
    await writeFile(join(root, 'cut.bin'), Buffer.alloc(size, 1))
    const response = await begin('cut.bin')
    expect(response.headers['content-length']).toBe(String(size))
    await truncate(join(root, 'cut.bin'), 1000)
    let got = 0
    const failed = await (async () => {
      try {
        for await (const chunk of response) got += (chunk as Buffer).length
        return false
      } catch {
        return true
      }
    })()
    expect(failed).toBe(true)
    expect(got).toBeLessThan(size)
  })

  it('keeps the old file, and nothing else, when an upload breaks off', async () => {
    await api().put('upload.bin', 'the old one')
    const { hostname, port } = new URL(gateway.url)
    const socket = connect({ host: hostname, port: Number(port) })
    const head = ['PUT /api/v2/files/upload.bin HTTP/1.1', `Host: ${hostname}`, `X-API-Key: ${gateway.key('admin')}`]
    socket.write(`${[...head, 'Content-Length: 5000000'].join('\r\n')}\r\n\r\n`)
    socket.write(Buffer.alloc(500_000, 2))
    await until(async () => (await unfinished()).length > 0)
    socket.destroy()
    await until(async () => (await unfinished()).length === 0)
    expect((await api().get('upload.bin')).text).toBe('the old one')
  })

  it('refuses an upload that is shorter than it said in a form, and what is cut', async () => {
    const boundary = 'x'
    const body = `--${boundary}\r\nContent-Disposition: form-data; name="f"; filename="cut.txt"\r\n\r\nhalf of`
    const type = { 'content-type': `multipart/form-data; boundary=${boundary}` }
    expect((await api().send('POST', 'forms/', body, type)).status).toBe(400)
    expect((await api().get('forms/cut.txt')).status).toBe(404)
    expect(await unfinished()).toEqual([])
  })

  it('removes what a process left behind that was killed', async () => {
    await mkdir(join(root, '.gatehouse-work'), { recursive: true })
    const orphan = join(root, '.gatehouse-work', '.gatehouse-orphan')
    await writeFile(orphan, 'half')
    const file = await open(orphan, 'r+')
    const before = new Date(Date.now() - 2 * 60 * 60 * 1000)
    await file.utimes(before, before)
    await file.close()
    await until(async () => (await unfinished()).length === 0)
  })
})

describe('many transfers', () => {
  it('200 at once, up and down, leave no file open', async () => {
    const content = (i: number) => Buffer.alloc(300_000, `file ${i} `)
    const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
    await api().get('stay.txt')
    const openFiles = async () =>
      (
        await Promise.all(
          (
            await readdir('/proc/self/fd')
          ).map((fd) =>
            readFile(`/proc/self/fdinfo/${fd}`, 'utf8').then(
              () => fd,
              () => '',
            ),
          ),
        )
      ).filter(Boolean).length
    const up = await Promise.all(Array.from({ length: 200 }, (_, i) => api().put(`many/${i}.bin`, content(i))))
    expect(up.filter(({ status }) => status !== 200)).toEqual([])
    const before = await openFiles()
    const down = await Promise.all(Array.from({ length: 200 }, (_, i) => api().get(`many/${i}.bin`)))
    for (const [i, { bytes }] of down.entries()) expect(digest(bytes)).toBe(digest(content(i)))
    // And 50 that are left in the middle.
    const left = await Promise.all(Array.from({ length: 50 }, (_, i) => begin(`many/${i}.bin`)))
    for (const response of left) response.destroy()
    await until(async () => (await openFiles()) <= before + 5)
    expect(await unfinished()).toEqual([])
  })
})

describe('a gigabyte', () => {
  it('goes up and down in little memory', async () => {
    const size = 1024 ** 3
    const installation = await install({
      services: { files: { type: 'local_file', root: './files', max_file_size: '2gb' } },
    })
    try {
      await mkdir(join(installation.folder, 'files'))
      const process = await installation.start()
      const target = `${process.url}/api/v2/files/large.bin`
      const chunk = Buffer.alloc(1024 * 1024, 7)
      const status = await new Promise<number>((resolve, reject) => {
        const sending = httpRequest(
          target,
          { method: 'PUT', headers: { 'x-api-key': process.key, 'content-length': size } },
          (response) => {
            response.resume()
            resolve(response.statusCode ?? 0)
          },
        )
        sending.on('error', reject)
        let left = 1024
        const more = () => {
          while (left-- > 0) if (!sending.write(chunk)) return
          sending.end()
        }
        sending.on('drain', more)
        more()
      })
      expect(status).toBe(200)
      expect((await stat(join(installation.folder, 'files', 'large.bin'))).size).toBe(size)
      const got = await new Promise<number>((resolve, reject) => {
        httpRequest(target, { headers: { 'x-api-key': process.key } }, async (response) => {
          let bytes = 0
          for await (const part of response) bytes += (part as Buffer).length
          resolve(bytes)
        })
          .on('error', reject)
          .end()
      })
      expect(got).toBe(size)
      expect(await process.peakMemory()).toBeLessThan(mostMemory)
      await process.end('SIGTERM')
    } finally {
      await installation.close()
    }
  }, 180_000)
})
