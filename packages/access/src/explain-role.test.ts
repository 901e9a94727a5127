import { type Catalog, type Column, emptyCatalog, type Routine, type Table } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { createAuthority } from './authority.js'
import { explainRole } from './explain-role.js'
import type { RolesConfig } from './roles-config.js'

const column = (name: string): Column => ({
  name,
  type: 'text',
  nativeType: 'text',
  nullable: true,
  generated: false,
  identity: false,
})
const table = (name: string, ...columns: string[]): Table => ({
  name,
  source: { name },
  kind: 'table',
  columns: new Map(columns.map((c) => [c, column(c)])),
  primaryKey: [],
  uniqueKeys: [],
  foreignKeys: [],
  checks: [],
  relationships: new Map(),
  can: { read: true, create: true, update: true, delete: true },
})
const routine: Routine = {
  name: 'tax',
  source: { name: 'tax' },
  kind: 'function',
  parameters: [],
  returns: { kind: 'unknown' },
  readOnly: true,
}
const catalog: Catalog = {
  tables: new Map([
    ['payroll', table('payroll', 'id')],
    ['customers', table('customers', 'id', 'email', 'ssn')],
  ]),
  routines: new Map([['tax', [routine, routine]]]),
  version: '1',
}

const roles: RolesConfig = {
  analyst: {
    grants: [
      {
        service: 'sales',
        resource: '_table/*',
        verbs: ['update', 'read'],
        fields: { deny: ['ssn'], mask: { email: 'partial', ssn: 'hash' } },
        rows: 'country = {user.country}',
        max_rows: 10,
        timeout: '5s',
      },
      { service: 'sales', resource: '_table/payroll', deny: true },
      { service: 'sales', resource: '_func/tax', verbs: ['execute'], surfaces: ['rest'] },
      { service: 'documents', resource: 'reports/*', verbs: ['read'] },
    ],
  },
}

describe('explainRole', () => {
  it('lists the effective permissions by service and resource', () => {
    const services = [
      { name: 'documents', family: 'files', catalog: emptyCatalog },
      { name: 'sales', family: 'database', catalog },
      { name: 'secret', family: 'database', catalog },
    ] as const
    expect(explainRole(createAuthority(roles), roles, 'analyst', services)).toEqual([
      { service: 'documents', resource: 'reports/*', surfaces: ['rest', 'mcp'], verbs: ['read'] },
      {
        service: 'sales',
        resource: '_table/customers',
        surfaces: ['rest', 'mcp'],
        verbs: ['read', 'update'],
        columns: ['id', 'email'],
        hidden: ['ssn'],
        masked: { email: 'partial' },
        rows: 'country = {user.country}',
        maxRows: 10,
        timeoutMs: 5_000,
      },
      { service: 'sales', resource: '_func/tax', surfaces: ['rest'], verbs: ['execute'] },
    ])
  })

  it('shows the patterns of the role where there is no catalog to ask, with the columns that they name', () => {
    const auditors: RolesConfig = {
      auditor: {
        grants: [
          { service: 'system', resource: 'audit', verbs: ['read'], fields: { deny: ['event', 'arguments'] } },
          { service: 'system', resource: 'users', verbs: ['read'], fields: { allow: ['name'] } },
          { service: 'system', resource: 'users', deny: true, surfaces: ['mcp'] },
        ],
      },
    }
    const system = { name: 'system', family: 'system', catalog: emptyCatalog } as const
    expect(explainRole(createAuthority(auditors), auditors, 'auditor', [system])).toEqual([
      {
        service: 'system',
        resource: 'audit',
        surfaces: ['rest', 'mcp'],
        verbs: ['read'],
        hidden: ['arguments', 'event'],
      },
      { service: 'system', resource: 'users', surfaces: ['rest'], verbs: ['read'], only: ['name'] },
    ])
  })

  it('says nothing of a role that does not exist', () => {
    expect(
      explainRole(createAuthority(roles), roles, 'nobody', [{ name: 'sales', family: 'database', catalog }]),
    ).toEqual([])
  })
})
