import { Failure } from '@gatehouse/core'

export function noSuchRecord(table: string): Failure {
  return new Failure('not_found', `There is no such record in \`${table}\``)
}

export function changedSince(): Failure {
  return new Failure('precondition_failed', 'The record has changed since it was read', {
    hint: 'Read it again and send its new ETag in If-Match',
  })
}

export function refusedByCheck(): Failure {
  return new Failure('forbidden', 'A record would not be one of those that your role may write', {
    hint: 'The row policy of your role must hold for new and changed records too. This change was not written',
  })
}

/** Of an upsert that would overwrite it. */
export function refusedByPolicy(): Failure {
  return new Failure('forbidden', 'A record with this key exists and is not one of those that your role may change', {
    hint: 'This record was not written',
  })
}

/** Throws where a plan would write more records than it allows. */
export function refuseTooMany({ maxAffected }: { readonly maxAffected?: number }, affected: number): void {
  if (maxAffected === undefined || affected <= maxAffected) return
  throw new Failure('invalid', `${affected} records would change; max_affected allows ${maxAffected}`, {
    hint: 'Nothing was written. Narrow the filter, or raise max_affected',
    context: { affected, max_affected: maxAffected },
  })
}
