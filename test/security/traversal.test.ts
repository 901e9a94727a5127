import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFileApi } from '../harness/file-api.js'
import { type RunningGateway, startGateway } from '../harness/running-gateway.js'
import { createMcpClient } from './mcp-client.js'
import { request, sendRaw } from './raw-http.js'
import { plainPaths, wirePaths } from './traversal.js'

const secret = 'TOP-SECRET-OUTSIDE'
let folder = ''
let root = ''
let gateway: RunningGateway
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-traversal-'))
  root = join(folder, 'root')
  await mkdir(join(root, 'folder'), { recursive: true })
  await mkdir(join(folder, 'etc'))
  await writeFile(join(folder, 'outside.txt'), secret)
  await writeFile(join(folder, 'etc', 'passwd'), secret)
  await writeFile(join(root, 'inside.txt'), 'inside')
  await symlink(folder, join(root, 'link'))
  await symlink(folder, join(root, 'folder', 'link'))
  await symlink(join(folder, 'outside.txt'), join(root, 'linked.txt'))
  await symlink(join(folder, 'outside.txt'), join(root, 'folder', 'linked.txt'))
  await symlink('.', join(root, 'loop'))
  gateway = await startGateway({ services: { files: { type: 'local_file', root } } })
})
afterAll(async () => {
  await gateway.close()
  await rm(folder, { recursive: true })
})

const headers = () => ({ Host: 'localhost', 'X-API-Key': gateway.key('admin'), Connection: 'close' })

/** Eight at a time. */
async function each(paths: readonly string[], run: (path: string, index: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    for (let i = next++; i < paths.length; i = next++) await run(paths[i] ?? '', i)
  }
  await Promise.all(Array.from({ length: 8 }, worker))
}

/** Everything outside the root, as it was. */
async function outside(): Promise<string> {
  const names = [await readdir(folder), await readdir(join(folder, 'etc'))]
  const texts = [join(folder, 'outside.txt'), join(folder, 'etc', 'passwd')].map((file) => readFile(file, 'utf8'))
  return JSON.stringify([names, await Promise.all(texts)])
}

describe('paths that lead elsewhere', () => {
  it('are many', () => {
    expect(new Set(wirePaths).size).toBeGreaterThanOrEqual(200)
    expect(new Set(plainPaths).size).toBeGreaterThanOrEqual(200)
  })

  it.each(['GET', 'PUT', 'DELETE', 'HEAD'])('find nothing outside the root by %s, as raw HTTP', async (method) => {
    const before = await outside()
    const served: string[] = []
    await each(wirePaths, async (path) => {
      const bytes = Buffer.from(path).toString('latin1')
      const body = method === 'PUT' ? 'overwritten' : ''
      const head = { ...headers(), 'Content-Length': String(body.length) }
      const { status, text } = await sendRaw(gateway.url, request(`${method} /api/v2/files/${bytes}`, head, body), {
        silenceMs: 2000,
      })
      if (text.includes(secret)) served.push(path)
      expect(status, `${method} ${path}`).not.toBe(500)
      expect(text, path).not.toContain(folder)
    })
    expect(served).toEqual([])
    expect(await outside()).toBe(before)
  })

  it('find nothing as sources of copies, in forms, in lists and in searches', async () => {
    const before = await outside()
    const api = createFileApi(gateway.url, gateway.key('admin'), 'files')
    const lists = { 'content-type': 'application/json' }
    await each(plainPaths, async (path, i) => {
      const copied = `copies/${i}.txt`
      const copy = await api.send('PUT', `${copied}?source_path=${encodeURIComponent(path)}`)
      expect(copy.status === 200 && (await api.get(copied)).text.includes(secret), path).toBe(false)
      const list = await api.send(
        'POST',
        'folder/',
        JSON.stringify({ resource: [{ name: path, content: 'x' }] }),
        lists,
      )
      expect(list.status, path).not.toBe(500)
    })
    for (const search of ['**passwd', '../**', '..*', '**/outside.txt', 'link/**', '/etc/*']) {
      const listed = await api.get(`?full_tree=true&as_list=true&search=${encodeURIComponent(search)}`)
      expect(listed.body.resource.filter((path: string) => /^(link|loop)\/|^\.\.|^\//.test(path))).toEqual([])
    }
    const form = new FormData()
    form.append('f', new Blob(['x']), '../../outside.txt')
    await api.send('POST', 'folder/', form)
    expect(await outside()).toBe(before)
  })

  it('find nothing over MCP', async () => {
    const before = await outside()
    const client = createMcpClient(gateway.url, gateway.key('admin'))
    await each(plainPaths, async (path) => {
      const got = await client.call('files_get_file', { path })
      expect(got.text, path).not.toContain(secret)
      const made = await client.call('files_create_file', { path, content: 'x' })
      expect(made.code, path).not.toBe('internal')
    })
    const encodings = [
      '..%2foutside.txt',
      '../outside.txt',
      '%2e%2e/outside.txt',
      'link/outside.txt',
      '%252e%252e/outside.txt',
    ]
    for (const path of encodings) {
      const read = await client.send('resources/read', { uri: `gatehouse://files/files/${path}` })
      expect(read.body.error?.message, path).toBe('Resource not found')
    }
    expect(await outside()).toBe(before)
  })

  it('symbolic links are neither followed nor listed nor replaced by what they point at', async () => {
    const api = createFileApi(gateway.url, gateway.key('admin'), 'files')
    const listed = await api.get('?full_tree=true&as_list=true')
    expect(
      listed.body.resource.filter((path: string) =>
        /^(link|loop)\/|^(folder\/)?linked\.txt$|^folder\/link\//.test(path),
      ),
    ).toEqual([])
    const before = await outside()
    for (const path of ['linked.txt', 'link/outside.txt', 'link/new.txt', 'loop/inside.txt']) {
      expect((await api.get(path)).status, path).toBe(404)
      expect([404, 409]).toContain((await api.put(path, 'x')).status)
      expect([404, 409]).toContain((await api.send('DELETE', path)).status)
    }
    expect((await api.send('DELETE', 'link/?force=true')).status).toBe(404)
    expect((await api.get('?zip=true')).bytes.includes(secret)).toBe(false)
    expect(await outside()).toBe(before)
  })

  it('holds while somebody swaps folders for links', async () => {
    const api = createFileApi(gateway.url, gateway.key('admin'), 'files')
    await mkdir(join(root, 'swap'))
    await writeFile(join(root, 'swap', 'outside.txt'), 'inside')
    let running = true
    // An upload that comes between makes the folder anew, so that no step can be relied on.
    const swapping = (async () => {
      while (running) {
        await rename(join(root, 'swap'), join(root, 'kept')).catch(() => undefined)
        await symlink(folder, join(root, 'swap')).catch(() => undefined)
        await new Promise((resolve) => setImmediate(resolve))
        await rm(join(root, 'swap'), { recursive: true, force: true })
        await rename(join(root, 'kept'), join(root, 'swap')).catch(() => undefined)
      }
    })()
    const before = await outside()
    try {
      for (let i = 0; i < 60; i++) {
        const [got, put] = await Promise.all([api.get('swap/outside.txt'), api.put(`swap/new-${i}.txt`, 'x')])
        expect(got.text).not.toContain(secret)
        expect(put.status).not.toBe(500)
        expect((await api.get('swap/?full_tree=true&as_list=true')).text).not.toContain('passwd')
        await api.send('DELETE', `swap/new-${i}.txt`)
      }
    } finally {
      running = false
      await swapping
    }
    expect(await outside()).toBe(before)
  })
})
