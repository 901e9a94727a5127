import { AnonymousCredential, ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import type { AzureTarget } from './config.js'

/** Two repetitions, soon: a caller waits. */
const retries = { maxTries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 2000 } as const

export async function openContainer({ url, credential }: AzureTarget): Promise<ContainerClient> {
  return new ContainerClient(url, await credentialOf(credential), { retryOptions: retries })
}

async function credentialOf(credential: AzureTarget['credential']) {
  switch (credential.kind) {
    case 'account_key':
      return new StorageSharedKeyCredential(credential.account, credential.key)
    case 'sas':
      return new AnonymousCredential()
    case 'identity': {
      // A large library for those who need it alone.
      const { ClientSecretCredential, DefaultAzureCredential } = await import('@azure/identity')
      const { tenantId, clientId, clientSecret } = credential
      if (tenantId !== undefined && clientId !== undefined && clientSecret !== undefined) {
        return new ClientSecretCredential(tenantId, clientId, clientSecret)
      }
      return new DefaultAzureCredential({
        ...(tenantId === undefined ? {} : { tenantId }),
        ...(clientId === undefined ? {} : { managedIdentityClientId: clientId, workloadIdentityClientId: clientId }),
      })
    }
    default:
      return credential satisfies never
  }
}
