import type { ContainerClient } from '@azure/storage-blob'
import { Failure } from '@gatehouse/core'
import { quotedEtag } from '../objects/properties.js'
import type { StoredObject } from '../objects/store.js'

/** Milliseconds between two questions whether a long copy is done. */
const pollMs = 250

/** Within the account, so that the storage needs no other right to read the source than to write the copy. */
export async function copyBlob(
  container: ContainerClient,
  { key, etag }: StoredObject,
  to: string,
  abortSignal: AbortSignal,
): Promise<void> {
  const source = container.getBlobClient(key).url
  const poller = await container.getBlobClient(to).beginCopyFromURL(source, {
    abortSignal,
    intervalInMs: pollMs,
    ...(etag === undefined ? {} : { sourceConditions: { ifMatch: quotedEtag(etag) } }),
  })
  try {
    const { copyStatus } = await poller.pollUntilDone()
    if (copyStatus !== 'success') throw new Failure('unavailable', 'The storage gave up the copy', { retryAfter: 5 })
  } catch (thrown) {
    if (abortSignal.aborted) await poller.cancelOperation().catch(() => {})
    throw thrown
  }
}
