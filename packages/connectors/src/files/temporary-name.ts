import { randomBytes } from 'node:crypto'
import { temporaryPrefix } from '@gatehouse/core'

/** A name, in the folder of the file that it will become, for content that is not whole yet. */
export function temporaryName(): string {
  return `${temporaryPrefix}${randomBytes(12).toString('hex')}.part`
}

/** Such names are in no listing, and nobody can read or write them. */
export function isTemporaryName(name: string): boolean {
  return name.startsWith(temporaryPrefix)
}

/** Whether any part of a path is such a name. */
export function isTemporaryPath(path: string): boolean {
  return path.split('/').some(isTemporaryName)
}
