import { parseArgs } from 'node:util'
import { connectorTypes } from '@gatehouse/connectors'
import type { Failure, Service } from '@gatehouse/core'
import { relationshipWarnings } from '../config/relationships.js'
import { commentWarnings, warningsOf } from '../config/warnings.js'
import { hostedServices } from '../hosted-services.js'
import type { Command } from '../main.js'
import { openConfig } from '../open-config.js'
import { policyProblems, policyWarnings } from '../policy-problems.js'
import { createServiceHost } from '../service-host.js'

/** Validates a configuration, connects to each service, and says all that is wrong or unwise at once. */
export const check: Command = async (args) => {
  const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } } })
  const opened = openConfig(values.config)
  if (!opened) return 1
  const { config, source } = opened
  const problems: string[] = []
  const failures = new Map<string, Failure>()
  const host = await createServiceHost(hostedServices(config.services, connectorTypes), '', {
    up: () => undefined,
    changed: () => undefined,
    down: (name, failure) => failures.set(name, failure),
  })
  await host.start()
  const services = host.all()
  await host.close()
  for (const service of services) {
    const failure = failures.get(service.name)
    if (failure) problems.push(`${service.name}: ${reason(failure)}`)
    else process.stdout.write(`ok       ${service.name}: ${counted(service)}\n`)
  }
  problems.push(...policyProblems(config.roles, services))
  for (const warning of [
    ...warningsOf(config, source),
    ...commentWarnings(services),
    ...policyWarnings(config.roles, services),
    ...relationshipWarnings(config.services, services),
  ]) {
    process.stdout.write(`warning  ${warning}\n`)
  }
  for (const problem of problems) process.stdout.write(`error    ${problem}\n`)
  return problems.length > 0 ? 1 : 0
}

function counted({ catalog, type, family }: Service): string {
  if (family === 'files') return `${type}, its root can be reached`
  return `${type}, ${catalog.tables.size} tables, ${catalog.routines.size} routines`
}

/** The operator of the machine may see more than a caller: the driver's own code, but never its text, which may hold a host or a user. */
function reason(failure: Failure): string {
  const { cause } = failure
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return `${failure.message}${code}${failure.hint ? `. ${failure.hint}` : ''}`
}
