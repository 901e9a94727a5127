import { Failure } from '@gatehouse/core'
import { Client, type SFTPWrapper } from 'ssh2'
import type { Connection } from '../connection-pool.js'
import { fingerprintOf, type SftpTarget } from './config.js'
import { toSftpFailure } from './errors.js'

/** Milliseconds for reaching the server and signing in, whatever the service's own timeout. */
const connectMs = 15_000

type Done<T> = (error: Error | null | undefined, value: T) => void

/** One SSH connection with one SFTP channel on it. */
export class SftpConnection implements Connection {
  private readonly client: Client
  private readonly sftp: SFTPWrapper
  private readonly timeoutMs: number
  private readonly pending = new Set<(reason: unknown) => void>()
  private lost: unknown

  private constructor(client: Client, sftp: SFTPWrapper, timeoutMs: number) {
    this.client = client
    this.sftp = sftp
    this.timeoutMs = timeoutMs
    const onLost = (reason: unknown) => this.lose(reason)
    client.on('error', onLost)
    client.on('close', () => onLost(new Error('The server closed the connection')))
    sftp.on('close', () => onLost(new Error('The server closed the channel')))
  }

  /** `timeoutMs`: how long each request may take; 0 is for ever. Throws `unavailable`, `timeout`. */
  static open(target: SftpTarget, timeoutMs: number): Promise<SftpConnection> {
    return new Promise((resolve, reject) => {
      const client = new Client()
      const refuse = (failure: Failure) => {
        clearTimeout(late)
        client.on('error', () => {})
        client.destroy()
        reject(failure)
      }
      const late = setTimeout(
        () => refuse(new Failure('timeout', 'The storage did not answer in time', { retryAfter: 1 })),
        timeoutMs > 0 ? Math.min(timeoutMs, connectMs) : connectMs,
      )
      let shown: string | undefined
      client.once('error', (error) => {
        const strange = target.hostKeys !== 'any' && shown !== undefined && !target.hostKeys.has(shown)
        refuse(strange ? otherServer(shown ?? '', error) : toSftpFailure(error))
      })
      client.once('close', () => refuse(toSftpFailure(new Error('The server closed the connection'))))
      client.on('keyboard-interactive', (_name, _instructions, _language, prompts, answer) => {
        answer(prompts.map(() => target.password ?? ''))
      })
      client.once('ready', () => {
        client.sftp((error, sftp) => {
          if (error) return refuse(toSftpFailure(error))
          clearTimeout(late)
          client.removeAllListeners('error')
          client.removeAllListeners('close')
          resolve(new SftpConnection(client, sftp, timeoutMs))
        })
      })
      client.connect({
        host: target.host,
        port: target.port,
        username: target.user,
        ...(target.password === undefined ? {} : { password: target.password, tryKeyboard: true }),
        ...(target.privateKey === undefined ? {} : { privateKey: target.privateKey }),
        ...(target.passphrase === undefined ? {} : { passphrase: target.passphrase }),
        readyTimeout: 0,
        hostVerifier: (key: Buffer) => {
          shown = fingerprintOf(key)
          return target.hostKeys === 'any' || target.hostKeys.has(shown)
        },
      })
    })
  }

  get alive(): boolean {
    return this.lost === undefined
  }

  /** One request. Throws what the server or the connection said, as it was; `timeout` closes the connection. */
  call<T>(request: (sftp: SFTPWrapper, done: Done<T>) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.lost !== undefined) return reject(this.lost)
      const settle = () => {
        clearTimeout(late)
        this.pending.delete(fail)
      }
      const fail = (reason: unknown) => {
        settle()
        reject(reason)
      }
      const late =
        this.timeoutMs > 0
          ? setTimeout(
              () => this.lose(new Failure('timeout', 'The storage did not answer in time', { retryAfter: 1 })),
              this.timeoutMs,
            )
          : undefined
      this.pending.add(fail)
      try {
        request(this.sftp, (error, value) => {
          if (error) return fail(this.lost ?? error)
          settle()
          resolve(value)
        })
      } catch (thrown) {
        fail(thrown)
      }
    })
  }

  async check(): Promise<void> {
    await this.call<string>((sftp, done) => sftp.realpath('.', done))
  }

  close(): void {
    this.lose(new Error('The connection was closed'))
  }

  private lose(reason: unknown): void {
    if (this.lost !== undefined) return
    this.lost = reason
    for (const fail of [...this.pending]) fail(reason)
    this.client.on('error', () => {})
    this.client.destroy()
  }
}

function otherServer(shown: string, error: unknown): Failure {
  return new Failure('unavailable', 'The storage is not the server that the configuration names', {
    retryAfter: 60,
    cause: new Error(`The server showed the key ${shown}, which is not among those of host_key`, { cause: error }),
  })
}
