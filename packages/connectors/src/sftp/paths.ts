import { parentOf } from '@gatehouse/core'
import { rootMissing } from '../files/preconditions.js'
import type { SftpConnection } from './connection.js'
import { requests } from './requests.js'

/** The service's paths on the server. No symbolic link beneath the root is followed: who may use a path means that path. */
export interface Paths {
  /** Where a path is; its last part may be missing. Undefined where more is, or where a link is on the way. */
  real(path: string): Promise<string | undefined>
  /** The same for what is done to the thing itself, be it a link: only its folder is looked at. */
  place(path: string): Promise<string | undefined>
}

/** The root itself may be a link. */
export async function pathsOn(on: SftpConnection, configured: string | undefined): Promise<Paths> {
  const root = await requests.realpath(on, configured ?? '.')
  if (root === undefined) throw rootMissing()
  const beneath = root.endsWith('/') ? root : `${root}/`
  const named = (path: string) => `${beneath}${path}`.replace(/(.)\/$/, '$1')
  const real = async (path: string) => {
    const found = await requests.realpath(on, named(path))
    return found === named(path) ? found : undefined
  }
  return {
    real,
    place: async (path) => ((await real(parentOf(path))) === undefined ? undefined : named(path)),
  }
}
