import { randomBytes } from 'node:crypto'
import { ContainerClient } from '@azure/storage-blob'
import { lineTo } from '../resilience/line.js'
import { startAzurite } from '../servers/index.mjs'
import type { FileBackend } from './file-backend.js'

export const azureBlob: FileBackend = {
  name: 'Azure Blob Storage (Azurite)',
  can: {
    folders: false,
    atomicWrite: true,
    exactTags: true,
    metadata: true,
    presign: true,
    onlyOneCreates: true,
  },
  async open() {
    const server = await startAzurite()
    if ('skipped' in server) return server
    const name = `test-${randomBytes(6).toString('hex')}`
    const container = new ContainerClient(server.url, name)
    await container.create()
    const endpoint = server.pid === undefined ? undefined : /BlobEndpoint=([^;]+)/.exec(server.url)?.[1]
    const line = endpoint === undefined ? undefined : await lineTo(endpoint)
    const connection = endpoint && line ? server.url.replace(endpoint, line.url) : server.url
    return {
      service: { type: 'azure_blob', connection, container: name, root: 'served' },
      ...(line && { down: async (isDown) => (isDown ? line.cut() : line.restore()) }),
      async close() {
        line?.cut()
        await container.delete()
        await server.stop()
      },
    }
  },
}
