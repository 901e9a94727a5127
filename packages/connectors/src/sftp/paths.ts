import { Failure } from '@gatehouse/core'
import type { SftpConnection } from './connection.js'
import { requests } from './requests.js'

/** The service's paths on the server, with symbolic links followed as far as they stay beneath the root. */
export interface Paths {
  /** Where a path really is. The last part may be missing; undefined where more is. */
  real(path: string): Promise<string | undefined>
  /** Where the thing itself stands, be it a link: its real folder and its own name. Undefined without that folder. */
  place(path: string): Promise<string | undefined>
}

export async function pathsOn(on: SftpConnection, configured: string | undefined): Promise<Paths> {
  const root = await requests.realpath(on, configured ?? '.')
  if (root === undefined) {
    throw new Failure('unavailable', 'The folder of the service is not there', {
      retryAfter: 60,
      cause: new Error(`The server has no folder ${configured}`),
    })
  }
  const beneath = root.endsWith('/') ? root : `${root}/`
  const real = async (path: string) => {
    const found = await requests.realpath(on, `${beneath}${path}`.replace(/\/+$/, '') || '/')
    if (found !== undefined && found !== root && !found.startsWith(beneath)) throw leadsOut()
    return found
  }
  return {
    real,
    async place(path) {
      const bare = path.replace(/\/$/, '')
      const cut = bare.lastIndexOf('/')
      const folder = await real(bare.slice(0, Math.max(cut, 0)))
      return folder === undefined ? undefined : `${folder === '/' ? '' : folder}/${bare.slice(cut + 1)}`
    },
  }
}

function leadsOut(): Failure {
  return new Failure('forbidden', 'A symbolic link leads out of the folder of the service')
}
