import { randomBytes } from 'node:crypto'

/** Short ids that no other process makes: random for the process, counted within it. */
export function requestIds(): () => string {
  const prefix = randomBytes(6).toString('hex')
  let count = 0
  return () => `${prefix}-${(count++).toString(36)}`
}
