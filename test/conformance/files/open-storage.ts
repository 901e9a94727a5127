import type { JsonObject } from '@gatehouse/core'
import { afterAll, beforeAll, beforeEach, type TestContext } from 'vitest'
import type { FileBackend, OpenFileBackend } from '../../backends/file-backend.js'
import { createFileApi, type FileApi } from '../../harness/file-api.js'
import { type RunningGateway, startGateway } from '../../harness/running-gateway.js'

/** One storage behind a gateway, for the tests of one describe block. */
export interface Storage {
  readonly backend: FileBackend
  /** The service `files` as an administrator. */
  readonly api: FileApi
  as(role: string): FileApi
  readonly gateway: RunningGateway
  readonly open: OpenFileBackend
}

export const all = ['read', 'create', 'update', 'delete', 'execute'] as const
export const grant = (resource: string, verbs: readonly string[], more: object = {}) => ({
  service: 'files',
  resource,
  verbs: [...verbs],
  ...more,
})

/** Where the storage is not to be had, each test is skipped with the reason. */
export function openStorage(backend: FileBackend, content: JsonObject = {}, service: JsonObject = {}): Storage {
  let open: OpenFileBackend | undefined
  let gateway: RunningGateway | undefined
  let skipped: string | undefined
  beforeAll(async () => {
    const opened = await backend.open()
    if ('skipped' in opened) {
      skipped = opened.skipped
      return
    }
    open = opened
    gateway = await startGateway({ ...content, services: { files: { ...open.service, ...service } } })
  })
  beforeEach((context: TestContext) => {
    if (skipped !== undefined) context.skip(`${backend.name}: ${skipped}`)
  })
  afterAll(async () => {
    await gateway?.close()
    await open?.close()
  })
  const running = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('The storage is not open')
    return value
  }
  const as = (role: string) => createFileApi(running(gateway).url, running(gateway).key(role), 'files')
  return {
    backend,
    as,
    get api() {
      return as('admin')
    },
    get gateway() {
      return running(gateway)
    },
    get open() {
      return running(open)
    },
  }
}
