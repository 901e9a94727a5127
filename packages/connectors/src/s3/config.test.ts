import { Failure } from '@gatehouse/core'
import { expect, test } from 'vitest'
import { targetOf } from './config.js'

const aws = { root: '', pathStyle: false, checksums: true, conditionalWrites: true }
const compatible = { root: '', region: 'us-east-1', pathStyle: true, checksums: false, conditionalWrites: false }

test.each([
  ['s3://bucket', { ...aws, bucket: 'bucket' }],
  ['s3://bucket/some/root/?region=eu-west-1', { ...aws, bucket: 'bucket', root: 'some/root/', region: 'eu-west-1' }],
  [
    's3://AKID:se/cr+et=@x@my.bucket',
    { ...aws, bucket: 'my.bucket', credentials: { accessKeyId: 'AKID', secretAccessKey: 'se/cr+et=@x' } },
  ],
  [
    's3://a%3Ab:100%25@bucket?endpoint=http://minio:9000',
    {
      ...compatible,
      bucket: 'bucket',
      endpoint: 'http://minio:9000',
      credentials: { accessKeyId: 'a:b', secretAccessKey: '100%' },
    },
  ],
  [
    's3://bucket?endpoint=https://s&path_style=false&checksums=always&conditional_writes=true&region=auto',
    { ...aws, bucket: 'bucket', endpoint: 'https://s', region: 'auto' },
  ],
])('%s', (connection, target) => {
  expect(targetOf({ connection })).toEqual(target)
})

test('parts, and a root beside them', () => {
  const connection = { bucket: 'bucket', access_key_id: 'i', secret_access_key: 's', session_token: 't' }
  expect(targetOf({ connection, root: '/reports/2026/' })).toEqual({
    ...aws,
    bucket: 'bucket',
    root: 'reports/2026/',
    credentials: { accessKeyId: 'i', secretAccessKey: 's', sessionToken: 't' },
  })
  expect(targetOf({ connection: 's3://bucket/a', root: 'b' }).root).toBe('a/b/')
})

test.each([
  ['https://AKID:secret@bucket'],
  ['s3://AKID:secret@'],
  ['s3://AKID:secret@bucket?secret=1'],
  ['s3://AKID:secret@bucket?endpoint=ftp://secret'],
  ['s3://AKID:secret@bucket?endpoint=http://secret:secret@host'],
  ['s3://AKID:secret@bucket?path_style=secret'],
  ['s3://AKID:secret@bucket/../secret'],
  [{ bucket: 'b/secret' }],
  [{ bucket: 'bucket', access_key_id: 'secret' }],
  [{ bucket: 'bucket', secret_access_key: 'secret' }],
  [{ bucket: 'bucket', secret_acess_key: 'secret' }],
  [{ endpoint: 'http://secret' }],
  [7],
])('refused without a word of it: %j', (connection) => {
  try {
    targetOf({ connection })
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Failure)
    if (!(thrown instanceof Failure)) return
    expect(thrown.code).toBe('invalid')
    const said = `${thrown.message} ${thrown.hint?.replace('access_key_id, secret_access_key', '')}`
    expect(said.replace(/`\w+`/g, '')).not.toContain('secret')
    return
  }
  expect.unreachable('It was taken')
})
