import { expect, it } from 'vitest'
import { guardedFetch } from './guarded-fetch.js'
import { isPublicAddress } from './public-address.js'

it.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.168.1.1',
  '198.18.0.1',
  '203.0.113.9',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '64:ff9b::7f00:1',
  'fe80::1',
  'fc00::1',
  'fd12:3456::1',
  'ff02::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '2001::1',
  'localhost',
  '',
])('%s is not of the public internet', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

it.each(['1.1.1.1', '8.8.8.8', '100.63.255.255', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001::1'])(
  '%s is of the public internet',
  (address) => {
    expect(isPublicAddress(address)).toBe(true)
  },
)

const limits = { most: 1000, timeoutMs: 2000 }
const ipv4 = (address: string) => ({ address, family: 4 })

it.each([
  ['http://example.org/x', 'The URL is not https'],
  ['https://user@example.org/x', 'The URL has a user'],
  ['https://example.org:8443/x', 'The URL has a port of its own'],
  ['https://127.0.0.1/x', 'The URL has an address instead of a name'],
  ['https://2130706433/x', 'The URL has an address instead of a name'],
  ['https://0x7f.1/x', 'The URL has an address instead of a name'],
  ['https://[::1]/x', 'The URL has an address instead of a name'],
])('does not ask %s', async (url, message) => {
  await expect(guardedFetch(new URL(url), limits)).rejects.toThrow(message)
})

it('does not ask a name that leads to an address of this network, beside others or alone', async () => {
  for (const addresses of [[ipv4('127.0.0.1')], [ipv4('1.1.1.1'), ipv4('10.0.0.1')], [{ address: '::1', family: 6 }]]) {
    const fetched = guardedFetch(new URL('https://example.org/x'), { ...limits, resolve: async () => addresses })
    await expect(fetched).rejects.toThrow('The name leads to an address that is not public')
  }
})

it('looks a name up once, so that another answer a moment later changes nothing', async () => {
  const answers = [[ipv4('192.0.2.1')], [ipv4('127.0.0.1')]]
  let asked = 0
  const resolve = async () => answers[asked++] ?? []
  const fetched = guardedFetch(new URL('https://example.org/x'), {
    most: 1,
    timeoutMs: 200,
    local: { ca: '' },
    resolve,
  })
  // Nobody is at the first address, and the second one is never asked for.
  await expect(fetched).rejects.toThrow()
  expect(asked).toBe(1)
})
