import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { isJsonObject, type JsonObject } from '@gatehouse/core'
import { describe, expect } from 'vitest'
import { azureBlob } from '../backends/azure-blob.js'
import { swift } from '../backends/s3.js'
import { testRemoteStorage } from './remote-storage.js'

function withSecret({ connection, ...service }: JsonObject, secret: string): JsonObject {
  if (typeof connection === 'string') {
    return { ...service, connection: connection.replace(/AccountKey=[^;]+/, `AccountKey=${secret}`) }
  }
  return { ...service, connection: { ...(isJsonObject(connection) ? connection : {}), secret_access_key: secret } }
}

describe.each([swift, azureBlob])('$name', (backend) => {
  const test = testRemoteStorage({
    backend,
    service: { timeout: '5s' },
    withSecret,
    wrongSecret: Buffer.from('a key that no storage knows').toString('base64'),
    telling: /127\.0\.0\.1|test:|devstore|Signature|AccountKey|credential/i,
    unwise: 'a password stands in the file',
    long: 48 * 1024 ** 2,
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
