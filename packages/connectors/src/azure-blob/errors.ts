import type { Failure, FailureCode } from '@gatehouse/core'
import { type StorageError, toStorageFailure } from '../objects/errors.js'

/** The storage's own codes, where their HTTP status says too little. */
const codes: Readonly<Record<string, FailureCode>> = {
  BlobAlreadyExists: 'precondition_failed',
  ContainerBeingDeleted: 'unavailable',
  // Somebody else has written the file meanwhile, which throws away the blocks of all others.
  InvalidBlockList: 'conflict',
  InvalidBlobOrBlock: 'conflict',
  LeaseIdMissing: 'conflict',
  LeaseLost: 'conflict',
  InvalidMetadata: 'invalid',
  EmptyMetadataKey: 'invalid',
  MetadataTooLarge: 'invalid',
  OutOfRangeInput: 'invalid',
  InvalidResourceName: 'invalid',
  InvalidUri: 'invalid',
  RequestUrlFailedToParse: 'invalid',
  BlockCountExceedsLimit: 'too_large',
  Md5Mismatch: 'unavailable',
  UnsupportedHttpVerb: 'unsupported',
  UnsupportedQueryParameter: 'unsupported',
}

/** What the client library threw, as a failure. Nothing of its text is in the message. */
export function toAzureFailure(thrown: unknown, signal: AbortSignal): Failure {
  return toStorageFailure(thrown, { signal, read, codes, noPlace: 'ContainerNotFound' })
}

function read(thrown: Error): StorageError {
  const { code, statusCode, requestId } = { code: undefined, statusCode: undefined, requestId: undefined, ...thrown }
  const status = typeof statusCode === 'number' ? statusCode : refused(thrown) ? 401 : undefined
  return {
    code: typeof code === 'string' ? code : thrown.name,
    ...(status === undefined ? {} : { status }),
    ...(typeof requestId === 'string' ? { requestId } : {}),
  }
}

/** No token could be had for the identity, so that the storage was not even asked. */
function refused({ name }: Error): boolean {
  return /^(?:Aggregate)?(?:Authentication|CredentialUnavailable)/.test(name)
}
