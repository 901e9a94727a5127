import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { parse } from 'yaml'

const root = fileURLToPath(new URL('../../', import.meta.url))

interface ComposeFile {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly image: string
        readonly healthcheck?: { readonly test: readonly unknown[] }
        readonly environment?: Readonly<Record<string, string>>
        readonly depends_on?: Readonly<Record<string, unknown>>
      }
    >
  >
}
const { services } = parse(readFileSync(`${root}docker/compose.yaml`, 'utf8')) as ComposeFile
const { tests, ...servers } = services

/** Every TEST_..._URL that something reads, from the sources of the tests. */
function variablesRead(): ReadonlySet<string> {
  const sources = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(mjs|ts)$/.test(name))
    .map((name) => readFileSync(`${root}test/${name}`, 'utf8'))
  return new Set(sources.flatMap((text) => text.match(/process\.env\.TEST_[A-Z0-9]+_URL/g) ?? []))
}

it('names servers that there are, by variables that the tests read', () => {
  const read = variablesRead()
  expect(read.size).toBeGreaterThan(3)
  for (const [name, text] of Object.entries(tests?.environment ?? {})) {
    expect(read).toContain(`process.env.${name}`)
    expect(Object.keys(servers)).toContain(new URL(text).hostname)
  }
})

it('waits for each server, which tells by a command whether it is well', () => {
  expect(Object.keys(tests?.depends_on ?? {}).sort()).toEqual(Object.keys(servers).sort())
  for (const { healthcheck } of Object.values(servers)) {
    const [kind, ...command] = healthcheck?.test ?? []
    expect(kind).toBe('CMD')
    expect(command.length).toBeGreaterThan(0)
    for (const word of command) expect(typeof word).toBe('string')
  }
})
