import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqliteDatabase } from '@gatehouse/connectors/testing'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testKey } from '../harness/running-gateway.js'
import { root } from './run-cli.js'

const data = (folder: string) => new SqliteDatabase(join(folder, 'shop.db'))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-confirm-'))
  const database = data(folder)
  database.exec('CREATE TABLE items (id INTEGER PRIMARY KEY, price INTEGER NOT NULL)')
  database.close()
  const verbs = ['read', 'create', 'update', 'delete']
  const config = {
    services: { shop: { type: 'sqlite', connection: 'shop.db' } },
    roles: { clerk: { grants: [{ service: 'shop', resource: '*', verbs }] } },
    keys: [{ name: 'clerk', roles: ['clerk'], key: testKey('clerk') }],
    prompts: { raise: { text: 'Raise prices by {percent}.', arguments: [{ name: 'percent' }] } },
    audit: { mode: 'strict', file: join(folder, 'audit.jsonl') },
  }
  await writeFile(join(folder, 'gatehouse.yaml'), JSON.stringify(config))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

beforeEach(async () => {
  await rm(join(folder, 'audit.jsonl'), { force: true })
  const database = data(folder)
  database.exec('DELETE FROM items')
  database.exec(
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150) INSERT INTO items SELECT i, 1 FROM n',
  )
  database.close()
})

/** How many items have another price than at first. */
function changed(): number {
  const database = data(folder)
  try {
    return Number(database.prepare('SELECT count(*) FROM items WHERE price <> 1').pluck().get())
  } finally {
    database.close()
  }
}

async function events() {
  const lines = (await readFile(join(folder, 'audit.jsonl'), 'utf8')).trimEnd().split('\n')
  const all = lines.map((line) => JSON.parse(line).event)
  return all
    .filter(({ surface }) => surface === 'mcp')
    .map(({ operation, status, rows, client }) => ({ operation, status, rows, client }))
}

async function connect(capabilities: Record<string, object>) {
  const client = new Client({ name: 'person', version: '1' }, { capabilities })
  const bin = join(root, 'services', 'gateway', 'bin', 'gatehouse.mjs')
  const env = { PATH: process.env.PATH ?? '', GATEHOUSE_API_KEY: testKey('clerk') }
  const program = { command: process.execPath, args: [bin, 'mcp', '--stdio'], cwd: folder, env }
  await client.connect(new StdioClientTransport({ ...program, stderr: 'ignore' }))
  return client
}

/** An update of all 150, by a client whose person answers so. */
async function raise(capabilities: Record<string, object>, answer?: object | Error) {
  const client = await connect(capabilities)
  const asked: unknown[] = []
  if (answer) {
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      asked.push(params)
      if (answer instanceof Error) throw answer
      return answer as { action: 'accept' }
    })
  }
  try {
    const input = { table_name: 'items', filter: 'id > 0', records: [{ price: 2 }] }
    const result = await client.callTool({ name: 'shop_update_records', arguments: input })
    const [first] = result.content as readonly { readonly text: string }[]
    return { asked, failed: result.isError === true, ...JSON.parse(first?.text ?? '{}') }
  } finally {
    await client.close()
  }
}

const agreed = { action: 'accept', content: { confirm: true } }

describe('SDK 1 over stdio', () => {
  it.each([[{ elicitation: { form: {} } }], [{ elicitation: {} }]])('is asked: %j', async (capabilities) => {
    const done = await raise(capabilities, agreed)
    expect(done.asked).toMatchObject([
      { message: 'Change 150 records (_table/items of shop)?', requestedSchema: { required: ['confirm'] } },
    ])
    expect([done.failed, done.rows, changed()]).toEqual([false, 150, 150])
    expect(await events()).toMatchObject([
      { operation: 'update_records', status: 400, client: 'person/1' },
      { operation: 'update_records', status: 200, rows: 150, client: 'person/1' },
    ])
  })

  it.each([
    [{ action: 'decline' }],
    [{ action: 'cancel' }],
    [{ action: 'accept', content: { confirm: false } }],
    [new Error('The window cannot be opened')],
  ])('changes nothing after %j', async (answer) => {
    const done = await raise({ elicitation: {} }, answer)
    expect([done.asked.length, done.failed, done.error.code, changed()]).toEqual([1, true, 'forbidden', 0])
    expect(done.error.message).toContain('nothing was changed')
    expect(await events()).toMatchObject([{ status: 400 }, { operation: 'update_records', status: 403 }])
  })

  it.each([[{}], [{ elicitation: { url: {} } }]])('is refused where it cannot be asked: %j', async (capabilities) => {
    const done = await raise(capabilities)
    expect([done.failed, done.error.code, changed()]).toEqual([true, 'forbidden', 0])
    expect(done.error.hint).toContain('dry_run')
    expect(await events()).toHaveLength(1)
  })

  it('has the prompts of the configuration', async () => {
    const client = await connect({})
    try {
      expect((await client.listPrompts()).prompts).toEqual([{ name: 'raise', arguments: [{ name: 'percent' }] }])
      const { messages } = await client.getPrompt({ name: 'raise', arguments: { percent: '{percent}' } })
      expect(messages).toEqual([{ role: 'user', content: { type: 'text', text: 'Raise prices by {percent}.' } }])
      await expect(client.getPrompt({ name: 'rise' })).rejects.toThrow('Did you mean `raise`?')
    } finally {
      await client.close()
    }
    expect(await events()).toMatchObject([
      { operation: 'get_prompt', status: 200 },
      { operation: 'get_prompt', status: 404 },
    ])
  })
})
