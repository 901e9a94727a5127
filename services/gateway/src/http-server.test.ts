import { connect } from 'node:net'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HttpServer, openHttpServer } from './http-server.js'

/** Long enough that a machine with much else to do sends `enough` many times meanwhile. */
const pace = { everyMs: 1_000, leastBytes: 1_000 }
const enough = 'x'.repeat(pace.leastBytes)
const oftenMs = 20

let http: HttpServer
/** Lets those go on whom the server keeps waiting. */
let release = () => {}
beforeAll(async () => {
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  http = await openHttpServer('127.0.0.1', 0, pace)
  // Answers how long the body was: `/late` not before it is released, `/unread` reads on only then.
  http.serve((request, response) => {
    let length = 0
    const end = () => response.end(`length ${length}`)
    if (request.url === '/unread') {
      const reader = new Writable({
        async write(chunk: Buffer, _encoding, done) {
          await released
          length += chunk.length
          done()
        },
      })
      request.pipe(reader).once('finish', end)
      return
    }
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
    })
    request.once('end', request.url === '/late' ? () => void released.then(end) : end)
  })
})
afterAll(() => http.close(0))

/** A connection, with what came over it until now. */
function open() {
  const socket = connect(http.port, '127.0.0.1')
  let text = ''
  let ended = false
  socket.on('data', (chunk) => {
    text += chunk
  })
  // Whoever is cut off while sending may read so, and is told no more by it.
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      ended = true
      resolve()
    })
  })
  return {
    send: (bytes: string) => socket.write(bytes),
    /** Sends again and again until stopped, which tells how many times, or cut off. */
    keepSending(bytes: string) {
      let times = 0
      const timer = setInterval(() => {
        socket.write(bytes)
        times++
      }, oftenMs)
      void closed.then(() => clearInterval(timer))
      return () => {
        clearInterval(timer)
        return times
      }
    },
    text: () => text,
    isClosed: () => ended,
    closed,
  }
}

const head = (path: string, header: string) => `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${header}\r\n\r\n`

const eventually = (text: () => string) => expect.poll(text, { timeout: 30_000 })

/** When it resolves, the server has looked at all connections twice: what brings too little is cut off at the second look. */
async function twoLooks(): Promise<void> {
  const slow = open()
  slow.send(head('/', 'Content-Length: 1000000'))
  await slow.closed
}

describe('a body that trickles in is cut off without an answer', () => {
  it.concurrent.for<[what: string, begin: string, piece: string]>([
    ['of a known length', head('/', 'Content-Length: 1000000'), 'x'],
    ['in chunks', head('/', 'Transfer-Encoding: chunked'), '1\r\nx\r\n'],
    ['that never begins', head('/', 'Content-Length: 1000000'), ''],
    ['and never ends for one byte', head('/', `Content-Length: ${enough.length + 1}`) + enough, ''],
  ])('%s', async ([, begin, piece]) => {
    const client = open()
    client.send(begin)
    if (piece !== '') client.keepSending(piece)
    await client.closed
    expect(client.text()).toBe('')
  })

  it.concurrent('on a connection that was good before', async () => {
    const client = open()
    client.send(`${head('/', 'Content-Length: 4')}good`)
    await eventually(client.text).toContain('length 4')
    const before = client.text()
    client.send(head('/', 'Content-Length: 1000000'))
    client.keepSending('x')
    await client.closed
    expect(client.text()).toBe(before)
  })
})

describe('what is no request', () => {
  it.concurrent('is told so, also behind one that was answered', async () => {
    const client = open()
    client.send(`${head('/', 'Content-Length: 4')}good`)
    await eventually(client.text).toContain('length 4')
    client.send('nonsense\r\n\r\n')
    await client.closed
    expect(client.text()).toMatch(/length 4HTTP\/1\.1 400 .*"code":"invalid"/s)
  })

  it.concurrent('ends the connection in the middle of an answer, and is no part of it', async () => {
    const client = open()
    client.send(head('/late', 'Content-Length: 0'))
    client.send(`${head('/', 'Content-Length: 4')}good`)
    client.send('nonsense\r\n\r\n')
    await client.closed
    expect(client.text()).toBe('')
  })
})

it('a body that is fast enough or not read, and a connection without one, are left alone', async () => {
  const steady = open()
  steady.send(head('/', 'Transfer-Encoding: chunked'))
  const stop = steady.keepSending(`${enough.length.toString(16)}\r\n${enough}\r\n`)
  const silent = open()
  const idle = open()
  idle.send(`${head('/', 'Content-Length: 4')}idle`)
  const late = open()
  late.send(`${head('/late', 'Content-Length: 4')}late`)
  // More than there is room for on the way: the rest is sent as it is read.
  const large = 20_000_000
  const unread = open()
  unread.send(head('/unread', `Content-Length: ${large}`) + 'x'.repeat(large))

  await twoLooks()
  await twoLooks()
  const cut = Object.entries({ steady, silent, idle, late, unread }).filter(([, { isClosed }]) => isClosed())
  expect(cut.map(([name]) => name)).toEqual([])

  const length = enough.length * stop()
  steady.send('0\r\n\r\n')
  for (const client of [silent, idle]) client.send(`${head('/', 'Content-Length: 5')}again`)
  release()
  await eventually(steady.text).toContain(`length ${length}`)
  await eventually(silent.text).toContain('length 5')
  await eventually(idle.text).toMatch(/length 4.*length 5/s)
  await eventually(late.text).toContain('length 4')
  await eventually(unread.text).toContain(`length ${large}`)
})
