import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ask, post, type Served, serve } from './testing/served.js'

const prompts = {
  weekly: {
    title: 'The week',
    description: 'What was sold in a week',
    arguments: [{ name: 'region', description: 'north or south', required: true }, { name: 'tone' }],
    text: 'Sum up the orders of {region}, {region} only. {tone} Keep {} and { this } as they are.',
  },
  about: { text: 'What is in here?' },
}

let served: Served
beforeAll(async () => {
  served = await serve(undefined, { prompts })
})
afterAll(() => served.close())
beforeEach(() => {
  served.gate.events.length = 0
})

const before = (method: string, params: object = {}) =>
  post(`${served.url}/mcp`, { jsonrpc: '2.0', id: 7, method, params }, { 'MCP-Protocol-Version': '2025-11-25' })
const now = (method: string, params: Record<string, unknown> = {}) => ask(`${served.url}/mcp`, method, params)

describe.each([
  ['2026-07-28', now],
  ['2025-11-25', before],
] as const)('prompts in %s', (version, request) => {
  const get = async (name: unknown, input?: unknown) =>
    (await request('prompts/get', { name, ...(input !== undefined && { arguments: input }) })).body

  it('are listed as they are configured', async () => {
    const { weekly, about } = prompts
    const { title, description } = weekly
    const { result } = (await request('prompts/list')).body
    expect(result.prompts).toEqual([
      { name: 'weekly', title, description, arguments: weekly.arguments },
      { name: 'about' },
    ])
    expect(JSON.stringify(result)).not.toContain(about.text)
    expect([result.resultType, result.ttlMs, result.cacheScope]).toEqual(
      version === '2026-07-28' ? ['complete', 60_000, 'private'] : [undefined, undefined, undefined],
    )
    expect((await request('prompts/list', { cursor: 'x' })).body.error.code).toBe(-32602)
  })

  it('become one message, in which values are put once and as they are', async () => {
    const input = { region: '{tone} $& "north"', tone: '{region}' }
    const { result } = await get('weekly', input)
    const text =
      'Sum up the orders of {tone} $& "north", {tone} $& "north" only. {region} Keep {} and { this } as they are.'
    expect(result).toMatchObject({ description: prompts.weekly.description })
    expect(result.messages).toEqual([{ role: 'user', content: { type: 'text', text } }])
    expect(result.resultType).toBe(version === '2026-07-28' ? 'complete' : undefined)
    expect(served.gate.events).toMatchObject([
      { operation: 'get_prompt', principal: 'key:good', input: { name: 'weekly', arguments: input } },
    ])
    expect(served.gate.events[0]?.failed).toBeUndefined()
  })

  it('need no argument that is optional', async () => {
    expect((await get('about')).result.messages[0].content.text).toBe('What is in here?')
    const { result } = await get('weekly', { region: 'south' })
    expect(result.messages[0].content.text).toContain('of south, south only.  Keep')
  })

  it.each([
    ['wekly', {}, 'Unknown prompt: wekly. Did you mean `weekly`? Prompts: weekly, about', 'not_found'],
    ['constructor', {}, 'Unknown prompt: constructor. Prompts: weekly, about', 'not_found'],
    [7, {}, 'Unknown prompt: . Prompts: weekly, about', 'not_found'],
    ['weekly', undefined, 'The prompt `weekly` needs the argument `region` (north or south)', 'invalid'],
    ['weekly', { tone: 'x' }, 'The prompt `weekly` needs the argument `region` (north or south)', 'invalid'],
    [
      'weekly',
      { regoin: 'x' },
      'The prompt `weekly` has no argument `regoin`. Did you mean `region`? Arguments: region, tone',
      'invalid',
    ],
    ['about', { x: '1' }, 'The prompt `about` has no argument `x`. There are no arguments.', 'invalid'],
    ['weekly', { region: 7 }, 'Argument `region` takes a text', 'invalid'],
    ['weekly', ['north'], '`arguments` is a JSON object of texts', 'invalid'],
  ])('say what is wrong with %j %j', async (name, input, message, failed) => {
    const { error } = await get(name, input)
    expect(error).toMatchObject({ code: -32602, message })
    expect(served.gate.events).toMatchObject([{ operation: 'get_prompt', failed }])
  })

  it('are said to be there', async () => {
    const params = { protocolVersion: version, capabilities: {}, clientInfo: { name: 't', version: '1' } }
    const said = await (version === '2026-07-28' ? request('server/discover') : request('initialize', params))
    expect(said.body.result.capabilities.prompts).toEqual({})
  })
})
