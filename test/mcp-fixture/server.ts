import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { emptyCatalog, Failure, type Pipeline, type Principal } from '@gatehouse/core'
import { createMcp } from '@gatehouse/mcp'
import { createFixture } from './fixture.js'

const anybody: Principal = {
  id: 'anonymous',
  kind: 'anonymous',
  name: 'anonymous',
  roles: [],
  attributes: {},
  tenant: '',
  scope: '',
}

/** A gate without services: what the conformance suite tests is the protocol in front of them. */
const noServices: Pipeline = {
  authenticate: () => anybody,
  services: () => [],
  operations: () => [],
  catalog: () => emptyCatalog,
  execute: () => Promise.reject(new Failure('not_found', 'There are no services here')),
  refuse: () => Promise.resolve(),
}

/** Serves the fixture on /mcp of a port of the loopback interface; 0 takes a free one. */
export async function serveFixture(port: number): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const mcp = createMcp({
    pipeline: noServices,
    endpoints: {
      default: { services: '*', default_limit: 100, max_limit: 1000, api_keys: true, read_only: false },
    },
    publicUrl: url,
    allowedHosts: ['localhost', '127.0.0.1'],
    allowedOrigins: [],
    bodyLimit: 1_000_000,
    newRequestId: randomUUID,
    serverInfo: { name: 'gatehouse', version: '0.0.0' },
    log: console,
    fixture: createFixture(),
  })
  server.on('request', (request, response) => {
    if (!mcp.handle(request, response)) response.writeHead(404).end()
  })
  return { url: `${url}/mcp`, server }
}
