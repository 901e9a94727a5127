import { connectorTypes } from '@gatehouse/connectors'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'
import { loadConfig } from './load.js'
import { warningsOf } from './warnings.js'

const auditor = (fields?: object) => ({
  grants: [{ service: 'system', resource: 'audit', verbs: ['read'], ...(fields && { fields }) }],
})

it('check warns of columns of the audit that are hidden, and can be read in the text of the event', () => {
  const roles = {
    whole: auditor(),
    nothing: auditor({ deny: ['hash'] }),
    both: auditor({ deny: ['arguments', 'event'] }),
    named: auditor({ allow: ['time', 'operation'] }),
    denied: auditor({ deny: ['arguments'] }),
    masked: auditor({ mask: { address: 'redact' } }),
    chosen: auditor({ allow: ['time', 'event'] }),
    elsewhere: { grants: [{ service: 'shop', resource: 'audit', verbs: ['read'], fields: { deny: ['arguments'] } }] },
  }
  const services = { shop: { type: 'sqlite', connection: ':memory:' } }
  const tenants = { acme: { roles: { denied: auditor({ deny: ['reason'] }) } } }
  const loaded = loadConfig(stringify({ services, roles, tenants }), {}, connectorTypes)
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  const warnings = warningsOf(loaded.config, loaded.source)
    .filter((warning) => warning.includes('`event`'))
    .map((warning) => warning.replace(/^line \d+: /, ''))
  const says = 'the column `event` has the text of the whole event, also'
  expect(warnings).toEqual([
    `roles.denied.grants.0.fields: ${says} arguments: deny it too`,
    `roles.masked.grants.0.fields: ${says} address: deny it too`,
    `roles.chosen.grants.0.fields: ${says} request_id, tenant, principal: deny it too`,
    `tenants.acme.roles.denied.grants.0.fields: ${says} reason: deny it too`,
  ])
})
