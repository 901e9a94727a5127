import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isJsonObject, type JsonObject } from '@gatehouse/core'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'
import { spawnCli } from './run-cli.js'

/** Large ones, each for one kind of provider or service alone. */
const libraries = [
  '@node-saml/node-saml',
  'ldapts',
  'mongodb',
  'openid-client',
  'oracledb',
  'tedious',
  'xml-encryption',
]

const nowhere = '127.0.0.1:1'
const oidc = { type: 'oidc', issuer: `https://${nowhere}`, client_id: 'gatehouse', client_secret: 'secret' }
const saml = { type: 'saml', issuer: 'urn:idp', metadata_url: `https://${nowhere}/metadata` }
const ldap = { type: 'ldap', url: `ldaps://${nowhere}`, base_dn: 'dc=example,dc=com', user_filter: '(uid={user})' }

// That nothing of a kind is loaded says something only where all of it is seen once it is configured.
it.for<[configured: string, content: JsonObject, loaded: readonly string[]]>([
  ['neither providers nor services', {}, []],
  ['OpenID Connect', { sign_in: { providers: { corp: oidc } } }, ['openid-client']],
  ['SAML', { sign_in: { providers: { corp: saml } } }, ['@node-saml/node-saml', 'xml-encryption']],
  ['LDAP', { sign_in: { providers: { corp: ldap } } }, ['ldapts']],
  ['MongoDB', { services: { one: { type: 'mongodb', connection: `mongodb://${nowhere}/one` } } }, ['mongodb']],
  ['Oracle', { services: { one: { type: 'oracle', connection: `oracle://me:secret@${nowhere}/one` } } }, ['oracledb']],
  [
    'SQL Server',
    { services: { one: { type: 'sqlserver', connection: `sqlserver://me:secret@${nowhere}/one` } } },
    ['tedious'],
  ],
])('a gateway with %s loads the libraries of these alone', async ([, content, loaded]) => {
  const scripts = await loadedBy(content)
  expect(libraries.filter((name) => scripts.some((url) => url.includes(`/node_modules/${name}/`)))).toEqual(loaded)
})

/** The URLs of all that a gateway with this configuration has loaded from its start to its end, as V8 tells them. */
async function loadedBy(content: JsonObject): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-loaded-'))
  try {
    const own = { store: { url: 'sqlite:./gatehouse.db' }, log: { level: 'silent' }, ...content }
    await writeFile(join(folder, 'gatehouse.yaml'), stringify(own))
    const told = join(folder, 'told')
    const { child, ended, printed } = spawnCli(['start', '--port', '0'], folder, { NODE_V8_COVERAGE: told })
    await printed('MCP client')
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 0 })
    const files = await Promise.all((await readdir(told)).map((name) => readFile(join(told, name), 'utf8')))
    return files.flatMap(urlsIn)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function urlsIn(coverage: string): readonly string[] {
  const { result }: JsonObject = JSON.parse(coverage)
  return Array.isArray(result) ? result.map((script) => (isJsonObject(script) ? String(script.url) : '')) : []
}
