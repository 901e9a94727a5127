import { startSshd } from '../servers/index.mjs'
import { byLine } from './by-line.js'
import type { FileBackend } from './file-backend.js'

export const sftp: FileBackend = {
  name: 'SFTP',
  many: 200,
  can: {
    folders: true,
    atomicWrite: true,
    exactTags: true,
    metadata: false,
    presign: false,
    onlyOneCreates: true,
  },
  async open() {
    const server = await startSshd()
    if ('skipped' in server) return server
    const { url, hostKey, privateKey } = server
    const { connection, ...more } = await byLine(server, url)
    return {
      ...more,
      service: {
        type: 'sftp_file',
        connection,
        ...(hostKey ? { host_key: hostKey } : { insecure_host_key: true }),
        ...(privateKey ? { private_key: privateKey } : {}),
      },
    }
  },
}
