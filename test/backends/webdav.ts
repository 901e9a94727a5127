import { startApacheDav } from '../servers/index.mjs'
import { byLine } from './by-line.js'
import type { FileBackend } from './file-backend.js'

/** `way` names how the server is reached, `uploads` how files are put there. */
function webdavBy(name: string, way: 'url' | 'digest', uploads: 'rename' | 'put'): FileBackend {
  return {
    name,
    can: {
      folders: true,
      atomicWrite: true,
      exactTags: true,
      metadata: false,
      presign: false,
      onlyOneCreates: true,
    },
    async open() {
      const server = await startApacheDav()
      if ('skipped' in server) return server
      const { url, [way]: wanted = url } = server
      const { connection, ...more } = await byLine(server, wanted)
      return { ...more, service: { type: 'webdav_file', connection, uploads } }
    },
  }
}

export const webdavBasic = webdavBy('WebDAV, Basic authentication', 'url', 'rename')
export const webdavDigest = webdavBy('WebDAV, Digest authentication, uploads at once', 'digest', 'put')
