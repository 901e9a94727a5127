import { Failure } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { targetOf } from './config.js'

const connection = 'sftp://ada:s%40fe%2F%23@files.example.com:2222/srv/exchange/'
const host_key = `SHA256:${'A'.repeat(43)}`

function refused(config: Parameters<typeof targetOf>[0]): Failure {
  try {
    targetOf(config)
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown
  }
  throw new Error('It was taken')
}

describe('the configuration of an SFTP service', () => {
  it('is a URL and the key of the server', () => {
    expect(targetOf({ connection, host_key })).toEqual({
      host: 'files.example.com',
      port: 2222,
      user: 'ada',
      password: 's@fe/#',
      root: '/srv/exchange',
      hostKeys: new Set([host_key]),
    })
    expect(targetOf({ connection: 'sftp://ada@[::1]', host_key, private_key: 'key' })).toMatchObject({
      host: '::1',
      port: 22,
      privateKey: 'key',
    })
    expect(targetOf({ connection: 'sftp://ada:x@h', host_key }).root).toBeUndefined()
  })

  it('needs to know the server, by fingerprints or public keys', () => {
    expect(refused({ connection }).code).toBe('invalid')
    expect(refused({ connection, insecure_host_key: false }).hint).toContain('ssh-keyscan')
    expect(targetOf({ connection, insecure_host_key: true }).hostKeys).toBe('any')
    // As `ssh-keygen -t ed25519` made it, and as `ssh-keygen -l` prints it.
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6/1y2L83O0uyk1jvLmHpwinSIYXgTbGHq4r+5wDK6D ada@laptop'
    const { hostKeys } = targetOf({ connection, host_key: [key, host_key], insecure_host_key: true })
    expect([...hostKeys]).toEqual(['SHA256:8xFkzUhgUy/l5FOsGpfSdz6+YIGMCPV1vvJFxnbMva4', host_key])
    for (const wrong of ['MD5:00:11', 'SHA256:short', 'anything']) {
      expect(refused({ connection, host_key: wrong }).code).toBe('invalid')
    }
  })

  it('repeats nothing of a URL that it refuses', () => {
    for (const wrong of [
      'sftp://ada:s3cret@',
      'ftp://ada:s3cret@host',
      'sftp://:s3cret@host',
      's3cret',
      'sftp://a:%ZZs3cret@h',
    ]) {
      const { message, hint, cause } = refused({ connection: wrong, host_key })
      expect(`${message} ${hint} ${String(cause)}`).not.toContain('s3cret')
    }
    expect(refused({ connection: 'sftp://ada@host', host_key }).message).toContain('private_key')
  })
})
