import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqliteDatabase } from '@gatehouse/connectors/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCli } from './run-cli.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-check-'))
  const database = new SqliteDatabase(join(folder, 'shop.db'))
  database.exec(
    'create table customers (id integer primary key, ssn text, country text); create table tags (id integer)',
  )
  database.close()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const errorsOf = (...grants: readonly object[]) => saidOf('error', grants)

async function saidOf(what: 'error' | 'warning', grants: readonly object[]) {
  const roles = { clerk: { grants: grants.map((grant) => ({ service: 'shop', verbs: ['read'], ...grant })) } }
  const services = { shop: { type: 'sqlite', connection: 'shop.db' } }
  await writeFile(join(folder, 'gatehouse.yaml'), JSON.stringify({ services, roles }))
  const { out } = await runCli(['check'], folder)
  const said = new RegExp(`^${what} +roles\\.clerk\\.(.*)`)
  return out.split('\n').flatMap((line) => said.exec(line)?.[1] ?? [])
}

it('check warns once a grant of tables that its row policy does not fit', async () => {
  const rows = "country = 'DE'"
  expect(await saidOf('warning', [{ resource: '_table/*', rows }])).toEqual([
    'grants.0.rows: the policy does not fit tags of shop, so nothing of it is allowed there',
  ])
  expect(await saidOf('warning', [{ resource: '_table/*', rows }, { resource: '_table/tags' }])).toEqual([])
})

it('check finds what a grant on several tables names and none of them has', async () => {
  const errors = await errorsOf(
    { resource: '_table/*', fields: { deny: ['sssn'], mask: { country: 'redact', contry: 'redact' } } },
    { resource: '_table/cust*', rows: "contry = 'DE'" },
    { resource: '_tabel/*' },
    { resource: 'customers' },
  )
  expect(errors).toEqual([
    'grants.0.fields: no table of shop that `_table/*` names has a column `sssn`',
    'grants.0.fields: no table of shop that `_table/*` names has a column `contry`',
    'grants.1.rows: the policy fits no table of shop that `_table/cust*` names',
    'grants.2.resource: `_tabel/*` is nothing of a database: _table/*, _proc/*, _func/*, or *',
    'grants.3.resource: `customers` is nothing of a database: _table/*, _proc/*, _func/*, or *',
  ])
})

it('check is content with what one of the tables has, and with patterns of what is not there yet', async () => {
  const errors = await errorsOf(
    { resource: '_table/*', fields: { deny: ['ssn'] }, rows: "country = 'DE'" },
    { resource: '*', fields: { deny: ['ssn'] } },
    { resource: '_t*' },
    { resource: '_table/report_*', rows: "author = 'me'" },
    { resource: '_proc/*' },
    { resource: '_func/tax' },
    { service: '*', resource: 'reports/*' },
  )
  expect(errors).toEqual([])
})
