import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ask, type Served, serve } from './testing/served.js'

let served: Served
let url: string
beforeAll(async () => {
  served = await serve()
  url = `${served.url}/mcp`
})
afterAll(() => served.close())
beforeEach(() => {
  served.gate.events.length = 0
})

const able = { elicitation: {} }
const everything = { table_name: 'customers', filter: 'id > 0' }
const remove = (input: object, params: object = {}, capabilities: object = able) =>
  ask(url, 'tools/call', { name: 'salesdb_delete_records', arguments: input, ...params }, { capabilities })
const agreed = { confirm: { action: 'accept', content: { confirm: true } } }
const errorIn = (body: { result: { content: [{ text: string }] } }) => JSON.parse(body.result.content[0].text).error

describe('a change of many rows', () => {
  it('asks the person, and runs once it was confirmed', async () => {
    const asked = await remove(everything)
    expect(asked.body.result).toMatchObject({
      resultType: 'input_required',
      inputRequests: {
        confirm: {
          method: 'elicitation/create',
          params: {
            message: 'Delete 250 records (_table/customers of salesdb)?',
            requestedSchema: { required: ['confirm'] },
          },
        },
      },
    })
    const { requestState } = asked.body.result
    const done = await remove(everything, { requestState, inputResponses: agreed })
    expect(done.body.result.resultType).toBe('complete')
    expect(JSON.parse(done.body.result.content[0].text).rows).toBe(250)
    expect(served.gate.events.map(({ input, failed }) => [input.max_affected, failed])).toEqual([
      [100, 'invalid'],
      [250, undefined],
    ])
  })

  it('does not run when it was declined, or not clearly confirmed', async () => {
    for (const confirm of [
      { action: 'decline' },
      { action: 'cancel' },
      { action: 'accept' },
      { action: 'accept', content: { confirm: false } },
      { action: 'accept', content: { confirm: 'true' } },
    ]) {
      const { requestState } = (await remove(everything)).body.result
      served.gate.events.length = 0
      const { body } = await remove(everything, { requestState, inputResponses: { confirm } })
      expect([body.result.isError, errorIn(body).code]).toEqual([true, 'forbidden'])
      expect(served.gate.events).toMatchObject([{ operation: 'delete_records', failed: 'forbidden' }])
    }
  })

  it('asks again where the answer is missing', async () => {
    const { requestState } = (await remove(everything)).body.result
    const again = await remove(everything, { requestState, inputResponses: { other: agreed.confirm } })
    expect(again.body.result.resultType).toBe('input_required')
    expect((await remove(everything, { inputResponses: agreed })).body.result.resultType).toBe('input_required')
  })

  it('is confirmed for one call only: not another input, not a changed state, not twice', async () => {
    const { requestState } = (await remove(everything)).body.result
    const wider = { ...everything, filter: 'id > -1' }
    const tampered = `${requestState.slice(0, -2)}AA`
    for (const [input, state] of [
      [wider, requestState],
      [everything, tampered],
      [everything, 'nonsense'],
      [everything, '.'],
    ]) {
      const { body } = await remove(input, { requestState: state, inputResponses: agreed })
      expect(body.error.code).toBe(-32602)
    }
    const other = { name: 'salesdb_update_records', arguments: everything, requestState, inputResponses: agreed }
    expect((await ask(url, 'tools/call', other, { capabilities: able })).body.error.code).toBe(-32602)
    expect((await remove(everything, { requestState, inputResponses: agreed })).body.result.resultType).toBe('complete')
    expect((await remove(everything, { requestState, inputResponses: agreed })).body.error.code).toBe(-32602)
  })

  it.each([{}, { elicitation: { url: {} } }])('is refused where the client cannot ask: %j', async (capabilities) => {
    const { body } = await remove(everything, {}, capabilities)
    expect(errorIn(body)).toMatchObject({ code: 'forbidden', context: { affected: 250, most: 100 } })
    expect(errorIn(body).hint).toContain('dry_run')
    expect(served.gate.events).toHaveLength(1)
  })

  it('cannot be waved through by a limit of its own', async () => {
    const { body } = await remove({ ...everything, max_affected: 1_000_000 })
    expect(body.result.resultType).toBe('input_required')
    const small = await remove({ ...everything, max_affected: 5 })
    expect(errorIn(small.body)).toMatchObject({ code: 'invalid', context: { affected: 250, max_affected: 5 } })
  })
})

describe('a change of few rows, or none', () => {
  it('is done at once, as it was sent', async () => {
    const input = { table_name: 'customers', ids: [1, 2, 3] }
    expect((await remove(input)).body.result.resultType).toBe('complete')
    expect(served.gate.events).toMatchObject([{ input }])
  })

  it('needs no confirmation to be tried', async () => {
    await remove({ ...everything, dryRun: true })
    expect(served.gate.events).toMatchObject([{ input: { ...everything, dryRun: true } }])
  })
})
