import { parseArgs } from 'node:util'
import { explainRole, type Permission } from '@gatehouse/access'
import { emptyCatalog } from '@gatehouse/core'
import type { Command } from '../main.js'
import { openOffline } from '../offline.js'
import { openConfig } from '../open-config.js'
import { knownRole } from './known-role.js'

/** Lists what a role may do with each table and routine, as it works out. */
export const whoCan: Command = async (args) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { config: { type: 'string' }, json: { type: 'boolean', default: false } },
  })
  const opened = openConfig(values.config)
  if (!opened) return 1
  const [role] = positionals
  if (role === undefined) {
    process.stderr.write(`Which role? ${Object.keys(opened.config.roles).join(', ')}\n`)
    return 2
  }
  if (!knownRole(opened.config, role)) return 2
  const { host, authority } = await openOffline(opened.config, role)
  // Gatehouse's own data is not opened for this, so that its patterns are shown.
  const services = [...host.all(), { name: 'system', family: 'system', catalog: emptyCatalog } as const]
  const permissions = explainRole(authority, opened.config.roles, role, services)
  await host.close()
  if (values.json) process.stdout.write(`${JSON.stringify(permissions, null, 2)}\n`)
  else for (const permission of permissions) process.stdout.write(`${line(permission)}\n`)
  return 0
}

function line(permission: Permission): string {
  const {
    service,
    resource,
    verbs,
    surfaces,
    hidden = [],
    only = [],
    masked = {},
    rows,
    maxRows,
    timeoutMs,
  } = permission
  const notes = [
    surfaces.length === 1 ? `${surfaces[0]} only` : '',
    rows === undefined ? '' : `rows: ${rows}`,
    only.length > 0 ? `only: ${only.join(', ')}` : '',
    hidden.length > 0 ? `hidden: ${hidden.join(', ')}` : '',
    Object.keys(masked).length > 0
      ? `masked: ${Object.entries(masked)
          .map(([column, mask]) => `${column} (${mask})`)
          .join(', ')}`
      : '',
    maxRows === undefined ? '' : `at most ${maxRows} rows`,
    timeoutMs === undefined ? '' : `within ${timeoutMs} ms`,
  ].filter((note) => note !== '')
  return `${`${service} ${resource}`.padEnd(40)} ${verbs.join(', ').padEnd(30)} ${notes.join('; ')}`.trimEnd()
}
