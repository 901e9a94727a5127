/** The connection has ended, or never came about. */
export class Lost extends Error {
  override readonly name = 'Lost'
  constructor(cause: unknown) {
    super('The connection to the database was lost', cause === undefined ? undefined : { cause })
  }
}
