import { startSshd } from '../servers/index.mjs'
import type { FileBackend } from './file-backend.js'

export const sftp: FileBackend = {
  name: 'SFTP',
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
    const { url, hostKey, privateKey, stop } = server
    return {
      service: {
        type: 'sftp_file',
        connection: url,
        ...(hostKey ? { host_key: hostKey } : { insecure_host_key: true }),
        ...(privateKey ? { private_key: privateKey } : {}),
      },
      close: stop,
    }
  },
}
