import { Failure, type Routine, type Scalar } from '@gatehouse/core'
import { expect, test } from 'vitest'
import { type Answer, rowsOf } from './testing/recording.js'
import { type OpenShop, openShop } from './testing/shop.js'

async function open(answer: Answer): Promise<OpenShop> {
  const shop = await openShop({ answer })
  shop.connections.statements.length = 0
  return shop
}

function routine(shop: OpenShop, name: string, overload = 0): Routine {
  const found = shop.catalog.routines.get(name)?.[overload]
  if (!found) throw new Error(`There is no routine ${name}`)
  return found
}

async function call(shop: OpenShop, of: Routine, values: Record<string, Scalar>, limit = 10): Promise<string> {
  const result = await shop.run({
    kind: 'call',
    routine: of,
    values: new Map(Object.entries(values)),
    limit,
    numbers: 'number',
  })
  return 'text' in result ? String(result.text) : ''
}

const columns = [
  { name: 'ID', type: 'NUMBER' },
  { name: 'AT', type: 'TIMESTAMP' },
  { name: 'RAW', type: 'RAW' },
]
const rows = [
  ['1', new Date(2026, 0, 31, 13, 59, 59, 500), Buffer.from([255])],
  ['.5', null, null],
]

test('a function answers its value; what is not said takes its default', async () => {
  const shop = await open((text) => (text.includes('ADD_NUMBERS') ? { out: ['5'] } : undefined))
  expect(await call(shop, routine(shop, 'ADD_NUMBERS'), { A: 2 })).toBe('{"value":5}')
  expect(shop.connections.statements[0]).toEqual({
    text: 'DECLARE v0 PLS_INTEGER; BEGIN v0 := "SHOP"."ADD_NUMBERS"("A" => :1); :2 := v0; END;',
    values: [2, { out: 'text' }],
  })
  expect(shop.connections.statements.at(-1)?.text).toBe('COMMIT')
})

test('OUT and INOUT parameters come back by name', async () => {
  const shop = await open((text) => (text.includes('RENAME') ? { out: ['Ada', '1'] } : undefined))
  const out = await call(shop, routine(shop, 'RENAME_CUSTOMER'), { WANTED: '3', FRESH: 'ada' })
  expect(out).toBe('{"out":{"FRESH":"Ada","CHANGED":1}}')
  expect(shop.connections.statements[0]?.values).toEqual(['ada', '3', { out: 'text' }, { out: 'text' }])
})

test('a REF CURSOR is a list of rows, cut at the limit', async () => {
  const cursor = rowsOf(rows, columns)
  const shop = await open((text) => (text.includes('CUSTOMERS_IN') ? { out: [cursor] } : undefined))
  expect(await call(shop, routine(shop, 'CUSTOMERS_IN'), { WANTED: 'FR' })).toBe(
    '{"resource":[{"ID":1,"AT":"2026-01-31T13:59:59.5","RAW":"/w=="},{"ID":0.5,"AT":null,"RAW":null}]}',
  )
  expect(cursor.closed).toBe(true)
  const again = await open((text) => (text.includes('OPEN_ORDERS') ? { out: [rowsOf(rows, columns)] } : undefined))
  expect(await call(again, routine(again, 'OPEN_ORDERS'), {}, 1)).toBe(
    '{"resource":[{"ID":1,"AT":"2026-01-31T13:59:59.5","RAW":"/w=="}]}',
  )
})

test('several result sets are a list of lists', async () => {
  const one = [{ name: 'N', type: 'NUMBER' }]
  const shop = await open((text) =>
    text.includes('NIGHTLY') ? { results: [rowsOf([['1']], one), rowsOf([['2'], ['3']], one)] } : undefined,
  )
  expect(await call(shop, routine(shop, 'NIGHTLY'), {})).toBe('{"resource":[[{"N":1}],[{"N":2},{"N":3}]]}')
})

test('a pipelined function is asked for its rows', async () => {
  const shop = await open((text) =>
    text.includes('NUMBERS_TO')
      ? { rows: [['1'], ['2']], columns: [{ name: 'COLUMN_VALUE', type: 'NUMBER' }] }
      : undefined,
  )
  expect(await call(shop, routine(shop, 'NUMBERS_TO'), { MOST: '2' })).toBe(
    '{"resource":[{"COLUMN_VALUE":1},{"COLUMN_VALUE":2}]}',
  )
  expect(shop.connections.statements[0]?.text).toBe('SELECT * FROM TABLE("SHOP"."NUMBERS_TO"("MOST" => TO_NUMBER(:1)))')
})

test('overloads of a package are called by their own parameters', async () => {
  const shop = await open(() => undefined)
  await call(shop, routine(shop, 'ORDERS_API.PLACE', 0), { CUSTOMER: '1' })
  await call(shop, routine(shop, 'ORDERS_API.PLACE', 1), { EMAIL: 'a@b.c' })
  expect(shop.connections.statements.map(({ text }) => text).filter((text) => text !== 'COMMIT')).toEqual([
    'BEGIN "SHOP"."ORDERS_API"."PLACE"("CUSTOMER" => TO_NUMBER(:1)); END;',
    'BEGIN "SHOP"."ORDERS_API"."PLACE"("EMAIL" => :1); END;',
  ])
})

test('a record is refused with the reason, and nothing is sent', async () => {
  const shop = await open(() => undefined)
  const store = routine(shop, 'ORDERS_API.STORE')
  expect(store.comment).toContain('PL/SQL RECORD')
  await expect(Promise.resolve().then(() => call(shop, store, { WHOLE: '{}' }))).rejects.toSatisfy(
    (thrown: unknown) => thrown instanceof Failure && thrown.code === 'unsupported',
  )
  expect(shop.connections.statements).toEqual([])
})

test('a call that fails is rolled back', async () => {
  const shop = await open((text) => {
    if (text.includes('NIGHTLY'))
      throw Object.assign(new Error('ORA-20001: not at night'), { errorNum: 20001, code: 'ORA-20001' })
    return undefined
  })
  await expect(call(shop, routine(shop, 'NIGHTLY'), {})).rejects.toMatchObject({ code: 'unprocessable' })
  expect(shop.connections.statements.at(-1)?.text).toBe('ROLLBACK')
})
