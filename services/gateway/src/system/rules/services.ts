import { connectorTypes } from '@gatehouse/connectors'
import { type Changes, Failure, type JsonObject, type Scalar, suggest } from '@gatehouse/core'
import { serviceOf } from '../../config/config-of.js'
import { reservedServices } from '../../config/names.js'
import { newAjv } from '../../config/new-ajv.js'
import { problemsOf } from '../../config/problems.js'
import { serviceSchema } from '../../config/schema.js'
import { settingsOf } from '../../service-host.js'
import { requireUnlimited } from '../may-give.js'
import { shownConfig } from '../shown-config.js'
import type { Draft, RuleContext, SystemTable } from '../system-table.js'
import { nameIn, objectIn, required, textIn } from '../values.js'

/** A connection that takes longer to be tried is none to be had. */
const trialMs = 15_000

/**
 * Services. `config` is what the configuration file would say of one; it is validated by its connector, tried, sealed,
 * and shown without its secrets. Who changes it sends all of it: what is sealed is never mixed with what is sent, so a
 * password cannot be led to another host.
 */
export function servicesTable(
  changes: Changes,
  seal: (tenant: string, name: string, config: JsonObject) => string,
): SystemTable {
  async function ruled(draft: Draft, name: string, type: string, context: RuleContext) {
    const config = required(objectIn(draft, 'config'), 'config')
    await tryOut(name, type, config, context)
    const row = new Map<string, Scalar>(draft)
    row.set('config', JSON.stringify(shownConfig(config)))
    row.set('sealed', seal(context.tenant.name, name, config))
    return { row }
  }
  return {
    name: 'services',
    description: 'Connected databases and storages. `config` is shown without secrets, and written whole',
    hidden: ['tenant', 'sealed'],
    kept: ['source', 'created', 'changed'],
    filled: [],
    rules: {
      create(draft, context) {
        requireUnlimited(context, 'connect services')
        const name = required(nameIn(draft, /^[a-z][a-z0-9_-]{0,62}$/, 'lower case letters, digits, _ and -'), 'name')
        const taken = context.services().some((service) => service.name === name)
        if (taken || reservedServices.includes(name)) {
          throw new Failure('conflict', `There is a service \`${name}\` already`)
        }
        return ruled(draft, name, required(textIn(draft, 'type'), 'type'), context)
      },
      update(draft, before, context) {
        requireUnlimited(context, 'change services')
        if (draft.has('name') || draft.has('type')) {
          throw new Failure('invalid', 'A service keeps its name and its type', { hint: 'Make another one' })
        }
        if (!draft.has('config')) return { row: draft }
        return ruled(draft, String(before.name), String(before.type), context)
      },
      remove: (_before, context) => requireUnlimited(context, 'disconnect services'),
      after: (_touched, { tenant }) => changes.announce(tenant.name, 'access'),
    },
  }
}

/** Throws `invalid` with all that is wrong, or with why it cannot be reached: never with what the driver said. */
async function tryOut(name: string, typeName: string, config: JsonObject, context: RuleContext): Promise<void> {
  const types = connectorTypes.map(({ type }) => type)
  const type = connectorTypes.find((known) => known.type === typeName)
  if (!type) {
    throw new Failure('invalid', `There is no connector \`${typeName.slice(0, 60)}\``, {
      hint: suggest(typeName, 'Connectors', types),
    })
  }
  const ajv = newAjv()
  const check = ajv.compile(serviceSchema(type.config))
  if (!check({ ...config, type: typeName })) {
    const problems = problemsOf(check.errors ?? [], ['config']).map((p) => `${p.path.join('.')}: ${p.message}`)
    throw new Failure('invalid', `This service cannot be: ${problems.join('; ')}`)
  }
  if (context.tenant.name !== 'default' && type.usesMachine?.(config)) {
    throw new Failure('forbidden', `Such a service uses this machine's own disk or credentials`, {
      hint: 'Who runs Gatehouse can define one for this tenant in the configuration file',
    })
  }
  const service = serviceOf(name, { ...config, type: typeName })
  const connector = await type.connect(service.own, settingsOf(service, ''))
  try {
    await connector.introspect(AbortSignal.any([context.signal, AbortSignal.timeout(trialMs)]))
  } catch (cause) {
    const words = cause instanceof Failure ? cause.message : 'Its source cannot be reached'
    throw new Failure('invalid', `The service was tried and does not work: ${words}`, {
      hint: 'Check address, name and password; nothing was saved',
      cause,
    })
  } finally {
    await connector.close()
  }
}
