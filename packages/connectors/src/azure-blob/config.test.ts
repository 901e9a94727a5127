import { Failure } from '@gatehouse/core'
import { expect, test } from 'vitest'
import { targetOf } from './config.js'

const key = { kind: 'account_key', account: 'acc', key: 'a2V5==' }
const keyed = 'DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=a2V5==;EndpointSuffix=core.windows.net'

test.each([
  [keyed, { url: 'https://acc.blob.core.windows.net/docs', credential: key, root: '' }],
  [
    'AccountName=acc;AccountKey=a2V5==;BlobEndpoint=http://127.0.0.1:10000/acc;',
    { url: 'http://127.0.0.1:10000/acc/docs', credential: key, root: '' },
  ],
  [
    'BlobEndpoint=https://acc.blob.core.windows.net/;SharedAccessSignature=sv=1&sig=a%2Bb',
    { url: 'https://acc.blob.core.windows.net/docs?sv=1&sig=a%2Bb', credential: { kind: 'sas' }, root: '' },
  ],
  [
    'https://acc.blob.core.windows.net/other/some/root?sv=1&sig=a%2Bb',
    { url: 'https://acc.blob.core.windows.net/other?sv=1&sig=a%2Bb', credential: { kind: 'sas' }, root: 'some/root/' },
  ],
  [
    'http://127.0.0.1:10000/acc/other',
    { url: 'http://127.0.0.1:10000/acc/other', credential: { kind: 'identity' }, root: '' },
  ],
  [
    { account: 'acc', account_key: 'a2V5==' },
    { url: 'https://acc.blob.core.windows.net/docs', credential: key, root: '' },
  ],
  [
    { account: 'acc', container: 'own', sas: '?sv=1&sig=x' },
    { url: 'https://acc.blob.core.windows.net/own?sv=1&sig=x', credential: { kind: 'sas' }, root: '' },
  ],
  [
    { account: 'acc', tenant_id: 't', client_id: 'c', client_secret: 's' },
    {
      url: 'https://acc.blob.core.windows.net/docs',
      credential: { kind: 'identity', tenantId: 't', clientId: 'c', clientSecret: 's' },
      root: '',
    },
  ],
  [{ connection_string: keyed }, { url: 'https://acc.blob.core.windows.net/docs', credential: key, root: '' }],
])('%j', (connection, target) => {
  expect(targetOf({ connection, container: 'docs' })).toEqual(target)
})

test.each([
  ['AccountKey=secret'],
  ['AccountName=acc;BlobEndpoint=ftp://secret;AccountKey=secret'],
  ['AccountName=acc'],
  ['https://secret.blob.core.windows.net/%secret?sig=secret'],
  ['secret'],
  [{ account: 'acc', acount_key: 'secret' }],
  [{ account_key: 'secret' }],
  [{ account: 'https://secret/' }],
  [{ account: 'acc', client_secret: 'secret' }],
  [{ account: 'acc', container: 'Secret' }],
  [{ account: 'acc', sas: 7 }],
])('refused without a word of it: %j', (connection) => {
  try {
    targetOf({ connection, container: 'docs' })
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Failure)
    if (!(thrown instanceof Failure)) return
    expect(thrown.code).toBe('invalid')
    expect(`${thrown.message} ${thrown.hint}`.replace(/`\w+`/g, '')).not.toMatch(/secret/i)
    return
  }
  expect.unreachable('It was taken')
})

test('a container must be named', () => {
  expect(() => targetOf({ connection: keyed })).toThrow('container')
})
