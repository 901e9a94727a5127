import { createServer, type RequestListener } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { failureOf } from '../testing/failure-of.js'
import { webdavDriver } from './driver.js'

const content = 'abcdefghij'.repeat(1000)
const { signal } = new AbortController()
let close: (() => void) | undefined
afterEach(() => close?.())

/** A driver on a server that answers PROPFIND with one file of this length, and GET as it is told. */
async function driverOn(length: number, get: RequestListener) {
  const server = createServer((request, response) => {
    if (request.method === 'GET') return get(request, response)
    response.writeHead(207, { 'content-type': 'application/xml' })
    response.end(
      `<multistatus xmlns="DAV:"><response><href>/file</href><propstat><prop><resourcetype/><getcontentlength>${length}` +
        '</getcontentlength></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>',
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const driver = webdavDriver(
    { url: new URL(`http://127.0.0.1:${port}/`), password: '', rejectUnauthorized: true, uploads: 'put' },
    { max: 2, idleMs: 1000, timeoutMs: 2000 },
  )
  close = () => {
    server.closeAllConnections()
    server.close()
  }
  return async (range?: { readonly start: number; readonly end?: number }) => {
    const { chunks } = await driver.read('file', { signal, ...(range ? { range } : {}) })
    const parts: Uint8Array[] = []
    for await (const chunk of chunks) parts.push(chunk)
    return String(Buffer.concat(parts))
  }
}

test('a server that knows no ranges: the range is cut out of the whole', async () => {
  const read = await driverOn(content.length, (_request, response) => response.end(content))
  for (const [start, end] of [
    [0, 0],
    [0, 99],
    [5000, 5009],
    [9999, undefined],
  ] as const) {
    const range = end === undefined ? { start } : { start, end }
    expect(await read(range)).toBe(content.slice(start, end === undefined ? undefined : end + 1))
  }
  expect((await failureOf(read({ start: content.length }))).code).toBe('range_not_satisfiable')
})

test('what is not what it should be ends in an error', async () => {
  const short = await driverOn(content.length, (_request, response) => {
    response.writeHead(200, { 'content-length': String(content.length) })
    response.write(content.slice(0, 100))
    setTimeout(() => response.destroy(), 50)
  })
  expect((await failureOf(short())).code).toBe('unavailable')
  close?.()
  const other = await driverOn(content.length, (_request, response) => {
    response.writeHead(206, { 'content-range': `bytes 0-9/${content.length}` })
    response.end(content.slice(0, 10))
  })
  expect((await failureOf(other({ start: 5, end: 14 }))).code).toBe('unavailable')
  close?.()
  const packed = await driverOn(content.length, (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' })
    response.end(content)
  })
  expect((await failureOf(packed())).code).toBe('unavailable')
  close?.()
  const away = await driverOn(content.length, (_request, response) => {
    response.writeHead(302, { location: 'http://127.0.0.1:1/elsewhere' })
    response.end()
  })
  expect((await failureOf(away())).code).toBe('unavailable')
})
