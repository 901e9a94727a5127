import { randomBytes } from 'node:crypto'

/** Ids that are unique among processes and cheap: a random prefix of the process and a counter. */
export function requestIds(): () => string {
  const prefix = BigInt(`0x${randomBytes(8).toString('hex')}`)
    .toString(36)
    .padStart(13, '0')
  let count = 0
  return () => `${prefix}-${(count++).toString(36)}`
}

/** The client's own id is taken over when it is plain: 1 to 64 of letters, digits, `_`, `.` and `-`. */
export function plainRequestId(id: string | string[] | undefined): string | undefined {
  if (typeof id !== 'string' || id.length === 0 || id.length > 64) return undefined
  for (let i = 0; i < id.length; i++) {
    const c = id.charCodeAt(i)
    const plain =
      (c >= 97 && c <= 122) || (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || c === 45 || c === 46 || c === 95
    if (!plain) return undefined
  }
  return id
}
