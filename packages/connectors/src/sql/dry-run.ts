import type { Result } from '@gatehouse/core'

/** Thrown in a transaction to undo a dry run. */
export class Undone extends Error {
  readonly affected: number
  constructor(affected: number) {
    super('undone')
    this.affected = affected
  }
}

/** The result of `run`, or that of the dry run that it undid. */
export async function orUndone(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (thrown) {
    if (thrown instanceof Undone) return { kind: 'dry_run', affected: thrown.affected }
    throw thrown
  }
}
