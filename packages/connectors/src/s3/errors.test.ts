import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { never } from '../files/testing/calls.js'
import { failureOf } from '../testing/failure-of.js'
import { targetOf } from './config.js'
import { s3Driver } from './driver.js'

let home: string

// An environment in which the library finds nothing.
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'gatehouse-home-'))
  vi.stubEnv('HOME', home)
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE', 'AWS_ACCESS_KEY_ID'])
    vi.stubEnv(name, undefined)
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true })
})

test.each([
  ['no credentials anywhere', 's3://bucket?endpoint=http://127.0.0.1:1', 'refuses the credentials of the service'],
  ['no region anywhere', 's3://id:secret@bucket', 'No region is configured'],
])('%s', async (_, connection, message) => {
  const driver = s3Driver(targetOf({ connection }))
  const failure = await failureOf(driver.probe(never))
  expect(failure.code).toBe('unavailable')
  expect(failure.message).toContain(message)
  await driver.close()
})
