import { type FtpServer, startProftpd } from '../servers/index.mjs'
import type { FileBackend } from './file-backend.js'

/** `way` names how the server is reached; `machineListings`: it tells of files what a machine can read. */
function ftpBy(name: string, way: 'explicitTls' | 'listOnly', machineListings = true): FileBackend {
  return {
    name,
    can: {
      folders: true,
      atomicWrite: true,
      exactTags: machineListings,
      metadata: false,
      presign: false,
      onlyOneCreates: true,
      listedTimes: machineListings,
    },
    async open() {
      const server: FtpServer = await startProftpd()
      if ('skipped' in server) return server
      const { url, [way]: connection = url, certificate, stop } = server
      // A server elsewhere is reached as its URL says.
      return { service: { type: 'ftp_file', connection, ...(certificate ? { ca: certificate } : {}) }, close: stop }
    },
  }
}

export const ftpExplicitTls = ftpBy('FTP with explicit TLS', 'explicitTls')
export const ftpListOnly = ftpBy('FTP without MLSD', 'listOnly', false)
