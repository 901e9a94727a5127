import type { JsonObject } from '@gatehouse/core'
import type { FileBackend, OpenFileBackend } from '../../backends/file-backend.js'
import { createFileApi, type FileApi } from '../../harness/file-api.js'
import { type RunningGateway, startGateway } from '../../harness/running-gateway.js'
import { serve } from '../../harness/serve.js'

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
  const serving = serve(backend, (open) =>
    startGateway({ ...content, services: { files: { ...open.service, ...service } } }),
  )
  const as = (role: string) => createFileApi(serving.gateway.url, serving.gateway.key(role), 'files')
  return {
    backend,
    as,
    get api() {
      return as('admin')
    },
    get gateway() {
      return serving.gateway
    },
    get open() {
      return serving.place
    },
  }
}
