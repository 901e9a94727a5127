import { generateKeyPairSync } from 'node:crypto'
import ssh from 'ssh2'
import { afterEach, expect, test } from 'vitest'
import { failureOf } from '../testing/failure-of.js'
import { SftpConnection } from './connection.js'

/** A server of SSH that knows one password, and asks for it in one way. */
async function serverAsking(method: 'password' | 'keyboard-interactive') {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = privateKey.export({ type: 'pkcs1', format: 'pem' })
  const server = new ssh.Server({ hostKeys: [key] }, (client) => {
    client.on('error', () => {})
    client.on('authentication', (context) => {
      if (context.method === 'password' && method === 'password' && context.password === 'right')
        return context.accept()
      if (context.method !== 'keyboard-interactive' || method !== context.method) return context.reject([method])
      context.prompt([{ prompt: 'Password: ', echo: false }], ([answer]) =>
        answer === 'right' ? context.accept() : context.reject([method]),
      )
    })
    client.on('session', (accept) => {
      accept().on('sftp', (acceptSftp) => {
        const sftp = acceptSftp()
        sftp.on('REALPATH', (id, path) => sftp.name(id, [{ filename: path, longname: path, attrs: emptyAttributes }]))
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { port, close: () => server.close() }
}

const emptyAttributes = { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 }

let close: (() => void) | undefined
afterEach(() => close?.())

test.each(['password', 'keyboard-interactive'] as const)('signs in by %s', async (method) => {
  const server = await serverAsking(method)
  close = server.close
  const target = { host: '127.0.0.1', port: server.port, user: 'ada', hostKeys: 'any' } as const
  const connection = await SftpConnection.open({ ...target, password: 'right' }, 10_000)
  await connection.check()
  connection.close()
  expect(connection.alive).toBe(false)
  const failure = await failureOf(SftpConnection.open({ ...target, password: 'wrong' }, 10_000))
  expect(failure).toMatchObject({ code: 'unavailable', message: 'The storage refuses the credentials of the service' })
})
