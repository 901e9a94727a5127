import { randomBytes } from 'node:crypto'

const pattern = /^\.gatehouse-[0-9a-f]{24}\.part$/

/** A name, in the folder of the file that it will become, for content that is not whole yet. */
export function temporaryName(): string {
  return `.gatehouse-${randomBytes(12).toString('hex')}.part`
}

/** Such names are in no listing, and nobody can read or write them. */
export function isTemporaryName(name: string): boolean {
  return pattern.test(name)
}

/** Whether any part of a path is such a name. */
export function isTemporaryPath(path: string): boolean {
  return path.split('/').some(isTemporaryName)
}
