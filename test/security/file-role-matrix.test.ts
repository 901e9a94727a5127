import type { Operation } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { localFiles } from '../backends/local-files.js'
import { all, grant, openStorage } from '../conformance/files/open-storage.js'
import { createMcpClient } from './mcp-client.js'

/** Who asks about `reports/` and the file in it. The columns of the matrix, behind `admin`. */
const roles = {
  reader: { grants: [grant('reports/*', ['read'])] },
  writer: { grants: [grant('reports/*', ['read', 'create', 'update', 'delete'])] },
  creator: { grants: [grant('reports/*', ['create'])] },
  elsewhere: { grants: [grant('other/*', all)] },
  denied: { grants: [grant('*', all), { service: 'files', resource: 'reports/*', deny: true }] },
  kept: { grants: [grant('*', all), { service: 'files', resource: 'reports/a.txt', verbs: ['delete'], deny: true }] },
  rest_only: { grants: [grant('*', all, { surfaces: ['rest'] })] },
  mcp_only: { grants: [grant('*', all, { surfaces: ['mcp'] })] },
  nobody: { grants: [{ service: 'files', resource: '*', deny: true }] },
}
const columns = ['admin', ...Object.keys(roles)]

/**
 * What each of them gets, one letter a role: a allowed, f forbidden (403), m missing as if it did not exist (404),
 * - no such tool. Over REST, and over MCP where the operation is a tool.
 */
//            admin, reader, writer, creator, elsewhere, denied, kept, rest_only, mcp_only, nobody
const reading = { rest: 'aaafmmaamm', mcp: 'aaa-mma-a-' }
const creating = { rest: 'afaaffaamm', mcp: 'a-aaffa-a-' }
const matrix: Readonly<Record<string, { readonly rest: string; readonly mcp?: string }>> = {
  list_files: reading,
  get_file: reading,
  get_file_properties: reading,
  zip_folder: { rest: reading.rest },
  create_file: creating,
  create_folder: creating,
  copy_file: { rest: 'afafffaamm' },
  extract_zip: { rest: creating.rest },
  delete_file: { rest: 'afafmmfamm', mcp: 'a-a-mmf-a-' },
  get_api_spec: { rest: 'aaaaaaaamm' },
}

const file = 'reports/a.txt'
const inputs: Readonly<Record<string, Readonly<Record<string, string | boolean>>>> = {
  list_files: { path: 'reports/' },
  zip_folder: { path: 'reports/', zip: true },
  get_file_properties: { path: file, include_properties: true },
  create_folder: { path: 'reports/new/' },
  copy_file: { path: 'reports/b.txt', source_path: file },
  extract_zip: { path: 'reports/', extract: true },
  get_api_spec: {},
}
const inputOf = (name: string) => ({
  ...(inputs[name] ?? { path: file }),
  ...(name === 'get_api_spec' ? {} : { dry_run: true }),
})
const letters: Readonly<Record<number, string>> = { 200: 'a', 403: 'f', 404: 'm' }

describe('operations on files and roles', () => {
  const storage = openStorage(localFiles, { roles })
  const offered = (surface: 'rest' | 'mcp'): readonly Operation[] =>
    storage.gateway.pipeline.offered?.('files', surface) ?? []

  it('every operation has its outcome for every role', async () => {
    await storage.api.put(file, 'x')
    expect(
      offered('rest')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.keys(matrix).sort())
    const wrong: string[] = []
    for (const { name, http } of offered('rest')) {
      const { path = '', ...query } = inputOf(name) as Record<string, string | boolean>
      const texts = new URLSearchParams(
        Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]),
      )
      for (const [i, role] of columns.entries()) {
        const target = name === 'get_api_spec' ? '_spec' : `${path}?${texts}`
        const [method = 'GET'] = http.methods
        const { status, text } = await storage.as(role).send(method, target)
        const got = letters[status] ?? String(status)
        if (got !== matrix[name]?.rest[i]) wrong.push(`${name} for ${role} over REST: ${got}: ${text.slice(0, 150)}`)
      }
    }
    for (const { name } of offered('mcp')) {
      const { include_properties: _rest, ...input } = inputOf(name) as Record<string, string | boolean>
      const given = name === 'create_file' ? { ...input, content: 'x' } : input
      for (const [i, role] of columns.entries()) {
        const reply = await createMcpClient(storage.gateway.url, storage.gateway.key(role)).call(`files_${name}`, given)
        const codes: Readonly<Record<string, string>> = { forbidden: 'f', not_found: 'm', protocol: '-' }
        const got = reply.failed ? (codes[reply.code ?? ''] ?? String(reply.code)) : 'a'
        if (got !== matrix[name]?.mcp?.[i])
          wrong.push(`${name} for ${role} over MCP: ${got}: ${reply.text.slice(0, 150)}`)
      }
    }
    expect(wrong).toEqual([])
  })

  it('what a role may not use at all is not advertised', async () => {
    const wrong: string[] = []
    const verbs: Readonly<Record<string, readonly string[]>> = {
      reader: ['read'],
      creator: ['create'],
      writer: ['read', 'create', 'update', 'delete'],
    }
    for (const [role, granted] of Object.entries(verbs)) {
      const tools = await createMcpClient(storage.gateway.url, storage.gateway.key(role)).send('tools/list', {})
      const names = tools.body.result.tools.map(({ name }: { name: string }) => name)
      for (const { name, effect, suffices = [effect] } of offered('mcp')) {
        const may = suffices.some((verb) => granted.includes(verb))
        if (names.includes(`files_${name}`) !== may) wrong.push(`the tool ${name} of ${role}`)
      }
      const { body } = await storage.as(role).get('_spec')
      const methods = new Set(Object.values(body.paths as object).flatMap((item: object) => Object.keys(item)))
      if (methods.has('delete') !== granted.includes('delete')) wrong.push(`DELETE in the document of ${role}`)
      if (methods.has('put') !== granted.includes('create')) wrong.push(`PUT in the document of ${role}`)
    }
    expect(wrong).toEqual([])
  })

  it('what was only tried has changed nothing', async () => {
    const { body } = await storage.api.get('?full_tree=true&as_list=true')
    expect(body.resource).toEqual(['reports/', file])
  })
})

describe('a read-only storage', () => {
  const storage = openStorage(localFiles, {}, { read_only: true })
  it('has no operation that writes', async () => {
    const effects = new Set(storage.gateway.pipeline.offered?.('files', 'rest').map(({ effect }) => effect))
    expect([...effects]).toEqual(['read'])
    expect((await storage.api.put('a.txt', 'x')).status).toBe(405)
    expect((await storage.api.send('DELETE', 'a.txt')).status).toBe(405)
  })
})
