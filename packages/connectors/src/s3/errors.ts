import { Failure, type FailureCode } from '@gatehouse/core'
import { type StorageError, toStorageFailure } from '../objects/errors.js'

/** The storage's own codes, where their HTTP status says too little. */
const codes: Readonly<Record<string, FailureCode>> = {
  NoSuchKey: 'not_found',
  NotFound: 'not_found',
  NoSuchUpload: 'conflict',
  PermanentRedirect: 'unavailable',
  AuthorizationHeaderMalformed: 'unavailable',
  IllegalLocationConstraintException: 'unavailable',
  ExpiredToken: 'unavailable',
  InvalidToken: 'unavailable',
  InvalidObjectState: 'conflict',
  ConditionalRequestConflict: 'conflict',
  OperationAborted: 'conflict',
  EntityTooLarge: 'too_large',
  KeyTooLongError: 'invalid',
  MetadataTooLarge: 'invalid',
  NotImplemented: 'unsupported',
  MethodNotAllowed: 'unsupported',
  RequestTimeout: 'unavailable',
  BadDigest: 'unavailable',
  XAmzContentSHA256Mismatch: 'unavailable',
}

/** What the client library threw, as a failure. Nothing of its text is in the message. */
export function toS3Failure(thrown: unknown, signal: AbortSignal): Failure {
  // The library says so when it is first used, by this text alone.
  if (thrown instanceof Error && thrown.message === 'Region is missing') {
    return new Failure('unavailable', 'No region is configured for the bucket of the service', { retryAfter: 60 })
  }
  return toStorageFailure(thrown, { signal, read, codes, noPlace: 'NoSuchBucket' })
}

function read(thrown: Error): StorageError {
  const metadata: unknown = '$metadata' in thrown ? thrown.$metadata : undefined
  // No credentials were found, so that the storage was not even asked.
  const status = thrown.name === 'CredentialsProviderError' ? 401 : field(metadata, 'httpStatusCode')
  const requestId = field(metadata, 'requestId')
  return {
    code: thrown.name,
    ...(typeof status === 'number' ? { status } : {}),
    ...(typeof requestId === 'string' ? { requestId } : {}),
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
