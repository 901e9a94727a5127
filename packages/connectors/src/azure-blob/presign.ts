import { BlobSASPermissions, BlobServiceClient, type ContainerClient } from '@azure/storage-blob'
import type { AzureCredential } from './config.js'

/** Milliseconds that the storage's clock may be behind ours. */
const skewMs = 5 * 60_000

/** Makes URLs that read one blob; absent where the service has a signature of others only, which cannot make more. */
export function presigner(
  container: ContainerClient,
  kind: AzureCredential['kind'],
): ((key: string, seconds: number) => Promise<string>) | undefined {
  if (kind === 'sas') return undefined
  const options = (seconds: number) => ({
    permissions: BlobSASPermissions.parse('r'),
    startsOn: new Date(Date.now() - skewMs),
    expiresOn: new Date(Date.now() + seconds * 1000),
  })
  if (kind === 'account_key') {
    return (key, seconds) => container.getBlobClient(key).generateSasUrl(options(seconds))
  }
  const account = new BlobServiceClient(container.url.slice(0, container.url.lastIndexOf('/')), container.credential)
  return async (key, seconds) => {
    const asked = options(seconds)
    const userKey = await account.getUserDelegationKey(asked.startsOn, asked.expiresOn)
    return container.getBlobClient(key).generateUserDelegationSasUrl(asked, userKey)
  }
}
