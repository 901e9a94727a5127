import { parseArgs } from 'node:util'
import { openApiDocument } from '@gatehouse/rest'
import type { Command } from '../main.js'
import { openOffline } from '../offline.js'
import { openConfig } from '../open-config.js'
import { knownRole } from './known-role.js'

/** Prints the OpenAPI document of a service: all of it, or what a role may use. */
export const openapi: Command = async (args) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { config: { type: 'string' }, role: { type: 'string' } },
  })
  const opened = openConfig(values.config)
  if (!opened) return 1
  const [name] = positionals
  const names = opened.config.services.map((service) => service.name)
  if (name === undefined || !names.includes(name)) {
    process.stderr.write(`Which service? ${names.join(', ')}\n`)
    return 2
  }
  if (!knownRole(opened.config, values.role)) return 2
  const { host, pipeline, principal } = await openOffline(opened.config, values.role)
  const service = host.find(name)
  if (service?.state === 'up') {
    const described = [{ service, operations: pipeline.operations(principal, name, 'rest') }]
    process.stdout.write(`${JSON.stringify(openApiDocument(described, opened.config.server.publicUrl), null, 2)}\n`)
  }
  await host.close()
  return service?.state === 'up' ? 0 : 1
}
