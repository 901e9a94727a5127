import { S3Client } from '@aws-sdk/client-s3'
import type { S3Target } from './config.js'

/** Milliseconds until a connection must stand. What comes after it is bounded by the call's own signal. */
const connectMs = 5000
/** Uploads from so many bytes on wait for the storage's word before they send any: it may refuse them. */
const askFirstBytes = 256 * 1024

export function openClient(target: S3Target): S3Client {
  const { region, endpoint, credentials, pathStyle, checksums } = target
  const agent = { keepAlive: true, maxSockets: 512 }
  const when = checksums ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED'
  return new S3Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? { followRegionRedirects: true } : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    forcePathStyle: pathStyle,
    requestChecksumCalculation: when,
    responseChecksumValidation: when,
    expectContinueHeader: askFirstBytes,
    maxAttempts: 3,
    // 0: a reader that is slow must not be taken for a storage that is silent.
    requestHandler: { connectionTimeout: connectMs, socketTimeout: 0, httpAgent: agent, httpsAgent: agent },
    // The library would say on standard error what the log of this process must not have.
    logger: { debug() {}, info() {}, warn() {}, error() {}, trace() {} },
  })
}
