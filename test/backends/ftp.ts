import { type FtpServer, startProftpd } from '../servers/index.mjs'
import { byLine } from './by-line.js'
import type { FileBackend } from './file-backend.js'

/** `way` names how the server is reached; `machineListings`: it tells of files what a machine can read. */
function ftpBy(name: string, way: 'explicitTls' | 'listOnly', machineListings = true): FileBackend {
  return {
    name,
    many: 200,
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
      const { url, [way]: wanted = url, certificate } = server
      const { connection, ...more } = await byLine(server, wanted)
      return { ...more, service: { type: 'ftp_file', connection, ...(certificate ? { ca: certificate } : {}) } }
    },
  }
}

export const ftpExplicitTls = ftpBy('FTP with explicit TLS', 'explicitTls')
export const ftpListOnly = ftpBy('FTP without MLSD', 'listOnly', false)
