import { type FtpServer, startProftpd } from '../servers/index.mjs'
import type { FileBackend } from './file-backend.js'

/** `way` names how the server is reached; `machineListings`: it tells of files what a machine can read. */
function ftpBy(
  name: string,
  way: 'url' | 'explicitTls' | 'implicitTls' | 'listOnly',
  machineListings = true,
): FileBackend {
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
      const { [way]: connection, certificate, stop } = server
      if (connection === undefined) return { skipped: `TEST_FTP_URL names no ${name}` }
      return { service: { type: 'ftp_file', connection, ...(certificate ? { ca: certificate } : {}) }, close: stop }
    },
  }
}

export const ftp = ftpBy('FTP', 'url')
export const ftpExplicitTls = ftpBy('FTP with explicit TLS', 'explicitTls')
export const ftpImplicitTls = ftpBy('FTP with implicit TLS', 'implicitTls')
export const ftpListOnly = ftpBy('FTP without MLSD', 'listOnly', false)
