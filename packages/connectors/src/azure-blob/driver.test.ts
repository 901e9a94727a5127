import { randomBytes } from 'node:crypto'
import { describe } from 'vitest'
import { startAzurite } from '../../../../test/servers/index.mjs'
import { objectDriver } from '../objects/driver.js'
import { objectFaults } from '../objects/testing/object-faults.js'
import { objectFiles } from '../objects/testing/object-files.js'
import { withStorage } from '../objects/testing/object-storage.js'
import { openContainer } from './client.js'
import { targetOf } from './config.js'
import { azureDriver } from './driver.js'
import { azureStore } from './store.js'

describe('Azurite', () => {
  const check = withStorage(async () => {
    const server = await startAzurite()
    if ('skipped' in server) return server
    const name = `test-${randomBytes(6).toString('hex')}`
    const container = await openContainer(targetOf({ connection: server.url, container: name }))
    await container.create()
    const key = /AccountKey=([^;]+)/.exec(server.url)?.[1] ?? ''
    const endpoint = /BlobEndpoint=([^;]+)/.exec(server.url)?.[1] ?? container.url.slice(0, -name.length - 1)
    const wrong = Buffer.from('a key that the storage does not know').toString('base64')
    return {
      url: endpoint,
      driver: ({ root = '', url = endpoint } = {}) =>
        azureDriver(targetOf({ connection: server.url.replace(endpoint, url), container: name, root })),
      async narrow() {
        const own = await openContainer(targetOf({ connection: server.url, container: name }))
        return objectDriver({ ...azureStore(own, 'account_key'), longestPut: 9 * 1024 ** 2 }, 'narrow/')
      },
      stranger: () => azureDriver(targetOf({ connection: server.url.replace(key, wrong), container: name })),
      lost: () => azureDriver(targetOf({ connection: server.url, container: `${name}-lost` })),
      secrets: [key, wrong],
      async put(blob, content) {
        await container.getBlockBlobClient(blob).upload(content, Buffer.byteLength(content))
      },
      async keys(prefix) {
        const names: string[] = []
        for await (const blob of container.listBlobsFlat({ prefix })) names.push(blob.name)
        return names
      },
      strange: ['a//b', '/a', 'con', 'ends.', ' starts', '.gatehouse-upload', '%2e%2e/x'],
      many: 300,
      flaws: server.pid === undefined ? { line: 'The storage is not on this machine' } : {},
      async close() {
        await container.delete()
        await server.stop()
      },
    }
  })
  objectFiles(check)
  objectFaults(check)
})
