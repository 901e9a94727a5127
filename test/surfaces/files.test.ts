import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeSampleDocuments } from '@gatehouse/gateway'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFileApi } from '../harness/file-api.js'
import { type RunningGateway, startGateway } from '../harness/running-gateway.js'
import { writeZip } from '../harness/zip.js'
import { createMcpClient, type McpReply } from '../security/mcp-client.js'

/** What it is about, who asks, the operation, the request, the tool's input, and the code of a failure. */
type Same = readonly [string, string, string, readonly [string, string, string?], object, string?]
type Row = Readonly<Record<string, unknown>>
const word = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'

let folder = ''
let gateway: RunningGateway
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-documents-'))
  const root = join(folder, 'documents')
  makeSampleDocuments(root)
  await writeFile(join(root, 'long.txt'), 'ä'.repeat(50_000))
  await writeFile(join(root, 'large.png'), Buffer.alloc(2 * 1024 * 1024))
  await writeFile(join(root, 'tone.mp3'), Buffer.from('ID3 no real sound'))
  const docx = `<w:document xmlns:w="${word}"><w:body><w:p><w:r><w:t>Dear Ada</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>cell</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>`
  await writeFile(join(root, 'letter.docx'), await writeZip([{ name: 'word/document.xml', content: docx }]))
  const slide = (text: string) => `<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>${text}</a:t></a:r></a:p></p:sld>`
  const slides = [2, 10, 1].map((n) => ({ name: `ppt/slides/slide${n}.xml`, content: slide(`slide text ${n}`) }))
  await writeFile(join(root, 'talk.pptx'), await writeZip(slides))
  const book = [
    { name: 'xl/workbook.xml', content: '<workbook><sheets><sheet name="Sales" sheetId="1"/></sheets></workbook>' },
    {
      name: 'xl/sharedStrings.xml',
      content: '<sst><si><t>month</t></si><si><r><t>Jan</t></r><r><t>uary</t></r></si></sst>',
    },
    {
      name: 'xl/worksheets/sheet1.xml',
      content:
        '<worksheet><sheetData><row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>total</t></is></c></row><row><c t="s"><v>1</v></c><c><v>41.5</v></c></row></sheetData></worksheet>',
    },
  ]
  await writeFile(join(root, 'book.xlsx'), await writeZip(book))
  await writeHostile(root)
  gateway = await startGateway({
    services: { documents: { type: 'local_file', root } },
    roles: {
      reader: {
        grants: [
          { service: 'documents', resource: '*', verbs: ['read'] },
          { service: 'documents', resource: 'internal/*', deny: true },
        ],
      },
      limited: { grants: [{ service: 'documents', resource: '*', verbs: ['read'] }] },
    },
    limits: [{ per: 'role', role: 'limited', rate: 1, period: 'day' }],
    audit: { mode: 'strict' },
  })
})
afterAll(async () => {
  await gateway.close()
  await rm(folder, { recursive: true })
})

/** Documents that are made to stall or to kill whoever opens them. */
async function writeHostile(root: string): Promise<void> {
  const xml = (body: string) => `<w:document xmlns:w="${word}"><w:body>${body}</w:body></w:document>`
  const zeros = await writeZip([
    { name: 'word/document.xml', content: xml(`<w:p>${' '.repeat(150 * 1024 * 1024)}</w:p>`) },
  ])
  await writeFile(join(root, 'bomb.docx'), zeros)
  const deep = await writeZip([{ name: 'word/document.xml', content: xml('<w:p>'.repeat(4_000_000)) }])
  await writeFile(join(root, 'deep.docx'), deep)
  const entities = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>${xml('<w:p><w:r><w:t>&b;</w:t></w:r></w:p>')}`
  await writeFile(join(root, 'entities.docx'), await writeZip([{ name: 'word/document.xml', content: entities }]))
  await writeFile(
    join(root, 'junk.pdf'),
    Buffer.from('%PDF-1.7\n1 0 obj << /Type /Catalog /Pages 1 0 R >> endobj trailer << /Root 1 0 R >>'),
  )
  await writeFile(join(root, 'no-zip.xlsx'), 'this is no workbook')
}

const api = (key = 'admin') => createFileApi(gateway.url, gateway.key(key), 'documents')
const mcp = (key = 'admin') => createMcpClient(gateway.url, gateway.key(key))
const blocks = (reply: McpReply) => reply.body.result.content
const getFile = async (path: string, more: object = {}) => mcp().call('documents_get_file', { path, ...more })

async function eventsOf(reply: { readonly headers: Headers }): Promise<readonly Row[]> {
  const filter = encodeURIComponent(`request_id = '${reply.headers.get('x-request-id')}'`)
  return (await gateway.api().get(`/system/audit?filter=${filter}`)).body.resource
}

describe('files for a model', () => {
  it('lists the tools of a storage, and a list across all', async () => {
    const { body } = await mcp().send('tools/list', {})
    const names = body.result.tools.map(({ name }: { name: string }) => name)
    for (const tool of [
      'list_files',
      'get_file',
      'get_file_properties',
      'create_file',
      'create_folder',
      'delete_file',
    ]) {
      expect(names).toContain(`documents_${tool}`)
    }
    const all = await mcp().call('all_list_files', {})
    expect(JSON.parse(all.content).resource.documents.resource.map(({ path }: Row) => path)).toContain('reports/')
    const reader = await mcp('reader').send('tools/list', {})
    const offered = reader.body.result.tools.map(({ name }: { name: string }) => name)
    expect(offered.filter((name: string) => /create|delete/.test(name))).toEqual([])
  })

  it('gives text as text, in parts that fit together', async () => {
    const csv = await getFile('reports/2026/half-year.csv')
    expect(JSON.parse(csv.content)).toMatchObject({ path: 'reports/2026/half-year.csv', offset: 0 })
    expect(blocks(csv)[1]).toMatchObject({ type: 'text', text: expect.stringContaining('January,41200,310') })
    let text = ''
    let offset: number | undefined = 0
    for (let part = 0; offset !== undefined && part < 20; part++) {
      const reply: McpReply = await getFile('long.txt', { offset, length: 33_333 })
      const about = JSON.parse(reply.content)
      text += blocks(reply)[1].text
      offset = about.next_offset
    }
    expect(text).toBe('ä'.repeat(50_000))
    expect((await getFile('long.txt', { offset: 200_000 })).code).toBe('range_not_satisfiable')
  })

  it('gives images and sounds as their blocks, and links to what is too large or unknown', async () => {
    const image = blocks(await getFile('reports/2026/half-year.png'))[1]
    expect(image).toMatchObject({ type: 'image', mimeType: 'image/png' })
    expect(Buffer.from(image.data, 'base64').subarray(1, 4).toString()).toBe('PNG')
    expect(blocks(await getFile('tone.mp3'))[1]).toMatchObject({ type: 'audio', mimeType: 'audio/mpeg' })
    expect(blocks(await getFile('large.png'))[1]).toMatchObject({
      type: 'resource_link',
      uri: 'gatehouse://documents/files/large.png',
      size: 2 * 1024 * 1024,
    })
  })

  it('gives the text of PDF and office documents', async () => {
    expect(blocks(await getFile('reports/2026/half-year.pdf'))[1].text).toMatch(
      /Half-year report 2026.*best month was June/s,
    )
    expect(blocks(await getFile('letter.docx'))[1].text).toBe('Dear Ada\ncell\n\t\n')
    expect(blocks(await getFile('talk.pptx'))[1].text).toMatch(
      /slide 1\]\nslide text 1\n.*slide text 2\n.*slide text 10/s,
    )
    expect(blocks(await getFile('book.xlsx'))[1].text).toBe('[sheet Sales]\nmonth\ttotal\nJanuary\t41.5\n')
    const part = await getFile('letter.docx', { offset: 5, length: 3 })
    expect([blocks(part)[1].text, JSON.parse(part.content).next_offset]).toEqual(['Ada', 8])
  })

  it('survives hostile documents, and serves others meanwhile', async () => {
    const hostile = ['bomb.docx', 'deep.docx', 'entities.docx', 'junk.pdf', 'no-zip.xlsx']
    const replies = Promise.all(hostile.map((path) => getFile(path)))
    for (let i = 0; i < 5; i++) expect((await api().get('welcome.md')).status).toBe(200)
    for (const [i, reply] of (await replies).entries()) {
      const said = `${hostile[i]}: ${reply.text.slice(0, 300)}`
      expect(reply.status, said).toBe(200)
      // Either refused, or read without what would have grown.
      if (reply.failed) expect(reply.code, said).toBe('unprocessable')
      else expect(blocks(reply)[1].text.length, said).toBeLessThan(1000)
    }
    expect((await getFile('letter.docx')).failed).toBe(false)
  })

  it('writes files, with text and with base64', async () => {
    const made = await mcp().call('documents_create_file', { path: 'notes/a.txt', content: 'from a model ä' })
    expect(made.failed, made.text).toBe(false)
    expect((await api().get('notes/a.txt')).text).toBe('from a model ä')
    const bytes = { path: 'notes/b.bin', content: Buffer.from([0, 255]).toString('base64'), encoding: 'base64' }
    await mcp().call('documents_create_file', bytes)
    expect([...(await api().get('notes/b.bin')).bytes]).toEqual([0, 255])
    const dry = await mcp().call('documents_create_file', { path: 'notes/c.txt', content: 'x', dry_run: true })
    expect(JSON.parse(dry.content)).toMatchObject({ dry_run: true, operation: 'create_file', path: 'notes/c.txt' })
    expect((await api().get('notes/c.txt')).status).toBe(404)
    expect((await mcp().call('documents_create_folder', { path: 'notes/sub' })).failed).toBe(false)
    expect((await mcp().call('documents_delete_file', { path: 'notes/' })).code).toBe('conflict')
    expect((await mcp().call('documents_delete_file', { path: 'notes/', force: true })).failed).toBe(false)
  })

  it('has files as resources', async () => {
    const { body } = await mcp('reader').send('resources/list', {})
    const uris = body.result.resources.map(({ uri }: { uri: string }) => uri)
    expect(uris).toContain('gatehouse://documents/files/reports/2026/half-year.csv')
    expect(uris.filter((uri: string) => uri.includes('internal'))).toEqual([])
    const templates = await mcp().send('resources/templates/list', {})
    expect(templates.text).toContain('gatehouse://{service}/files/{+path}')
    const read = await mcp().send('resources/read', { uri: 'gatehouse://documents/files/reports/2026/notes.txt' })
    expect(read.body.result.contents).toMatchObject([{ text: 'June was strong because of the summer fair.\n' }])
    const image = await mcp().send('resources/read', { uri: 'gatehouse://documents/files/reports/2026/half-year.png' })
    expect(image.body.result.contents[0].blob).toMatch(/^iVBOR/)
    for (const uri of [
      'files/internal/salary-steps.csv',
      'files/none.txt',
      'files/..%2f..%2fetc%2fpasswd',
      'files/../x',
    ]) {
      const hidden = await mcp('reader').send('resources/read', { uri: `gatehouse://documents/${uri}` })
      expect(hidden.body.error?.message, uri).toBe('Resource not found')
    }
  })
})

describe('files on both surfaces', () => {
  const hidden = { path: 'internal/salary-steps.csv' }
  const cases: readonly Same[] = [
    ['a listing', 'reader', 'list_files', ['GET', 'reports/2026/'], { path: 'reports/2026/' }],
    [
      'properties',
      'reader',
      'get_file_properties',
      ['GET', 'handbook.md?include_properties=true'],
      { path: 'handbook.md' },
    ],
    ['a new file', 'admin', 'create_file', ['PUT', 'same.txt', 'x'], { path: 'same.txt', content: 'x' }],
    ['a folder', 'admin', 'create_folder', ['POST', 'same/'], { path: 'same/' }],
    ['a hidden file', 'reader', 'get_file', ['GET', hidden.path], hidden, 'not_found'],
    ['an absent file', 'reader', 'get_file', ['GET', 'absent.txt'], { path: 'absent.txt' }, 'not_found'],
    [
      'what a role may not do',
      'reader',
      'delete_file',
      ['DELETE', 'handbook.md'],
      { path: 'handbook.md' },
      'forbidden',
    ],
    ['a path upwards', 'admin', 'get_file', ['GET', '%2e%2e/etc/passwd'], { path: '../etc/passwd' }, 'invalid'],
    ['a cursor that is none', 'reader', 'list_files', ['GET', '?cursor=x'], { cursor: 'x' }, 'invalid'],
  ]
  it.each(cases.map((one) => [one[0], one] as const))(
    'the same for %s',
    async (_says, [, as, operation, [method, path, body], input, code]) => {
      const rest = path.startsWith('%') ? await fetchRaw(as, path) : await api(as).send(method, path, body)
      // What a role may not use at all is no tool of its.
      const tool = await mcp(as).call(`documents_${operation}`, input)
      if (code === undefined) {
        expect(rest.status, rest.text).toBe(200)
        expect(tool.failed, tool.text).toBe(false)
        const told = JSON.parse(tool.content)
        const same = ({ etag: _e, last_modified: _m, created: _c, ...more }: Row) => more
        if (operation === 'list_files') expect(told.resource).toEqual(rest.body.resource)
        else expect(same(told)).toEqual(same(rest.body))
      } else {
        expect(rest.body.error.code).toBe(code)
        if (tool.code !== 'protocol') {
          expect(tool.code, tool.text).toBe(code)
          expect(JSON.parse(tool.content).error.message).toBe(rest.body.error.message)
        }
      }
      const events = [await eventsOf(rest), ...(tool.code === 'protocol' ? [] : [await eventsOf(tool)])]
      for (const [i, found] of events.entries()) {
        expect(found).toHaveLength(1)
        expect(found[0]).toMatchObject({
          surface: i === 0 ? 'rest' : 'mcp',
          service: 'documents',
          operation,
          principal: `key:${as}`,
          decision:
            code === undefined || (code === 'not_found' && path === 'absent.txt') || path.startsWith('?')
              ? 'allowed'
              : 'refused',
        })
      }
    },
  )

  it('writes down each download once, also one that breaks off', async () => {
    const whole = await api().get('long.txt')
    expect(await eventsOf(whole)).toMatchObject([{ operation: 'get_file', resource: 'long.txt', rows: 1, status: 200 }])
    const head = await api().send('HEAD', 'long.txt')
    expect(await eventsOf(head)).toHaveLength(1)
    const zip = await api().get('reports/?zip=true')
    expect(await eventsOf(zip)).toMatchObject([{ operation: 'zip_folder', resource: 'reports/', rows: 4 }])
  })

  it('counts both against one limit', async () => {
    expect((await api('limited').get('welcome.md')).status).toBe(200)
    expect((await api('limited').get('welcome.md')).status).toBe(429)
    expect((await mcp('limited').call('documents_get_file', { path: 'welcome.md' })).code).toBe('limited')
  })
})

async function fetchRaw(as: string, path: string) {
  // fetch itself would resolve the path: twice encoded once it is read as it was meant.
  const response = await fetch(`${gateway.url}/api/v2/documents/x%2f${path.replace('/', '%2f')}`, {
    headers: { 'x-api-key': gateway.key(as) },
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
}
