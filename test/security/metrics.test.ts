import { afterAll, beforeAll, expect, it } from 'vitest'
import { type SampleGateway, startSampleGateway } from '../harness/sample-gateway.js'

let gateway: SampleGateway
beforeAll(async () => {
  gateway = await startSampleGateway()
})
afterAll(() => gateway.close())

const metrics = async () => (await fetch(`${gateway.url}/metrics`)).text()

function callTool(name: string, headers: Record<string, string>) {
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: { made_up: 1 } } }
  return fetch(`${gateway.url}/mcp`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(message),
  })
}

it('metrics count calls by names of ours alone, so that nobody fills them with names that are made up', async () => {
  const key = { 'X-API-Key': gateway.key('demo') }
  for (let i = 0; i < 20; i++) {
    await callTool('list_apis', { 'Mcp-Name': `invented_${i}` })
    await callTool(`invented_${i}`, key)
    await callTool('call_operation', { ...key, 'Mcp-Name': `invented_${i}` })
    for (const headers of [{}, { 'X-API-Key': 'wrong' }, key]) {
      await fetch(`${gateway.url}/api/v2/invented_${i}/_table/invented_${i}`, { headers })
      await fetch(`${gateway.url}/api/v2/salesdb/_table/invented_${i}?invented_${i}=1`, { headers })
    }
  }
  const text = await metrics()
  expect(text).not.toContain('invented')
  expect(text).toMatch(/gatehouse_calls_total\{surface="mcp",service="-",operation="-",status="401"\} 20/)
  expect(text).toMatch(/gatehouse_calls_total\{surface="mcp",service="-",operation="-",status="400"\} 40/)
})

it('metrics count what is called by its name, also where it fails', async () => {
  const key = { 'X-API-Key': gateway.key('demo') }
  await fetch(`${gateway.url}/api/v2/salesdb/_table/orders?limit=1`, { headers: key })
  await fetch(`${gateway.url}/api/v2/salesdb/_table/orders?filter=nothing`, { headers: key })
  const text = await metrics()
  for (const status of [200, 400]) {
    expect(text).toContain(`{surface="rest",service="salesdb",operation="get_table_data",status="${status}"} 1\n`)
  }
})
