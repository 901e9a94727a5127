import { parseDuration, suggest } from '@gatehouse/core'
import { type GrantConfig, masks, type RolesConfig, surfaces, verbs } from './roles-config.js'

export interface RoleProblem {
  /** Where in the roles: `analyst.grants.0.resource`. */
  readonly path: string
  readonly message: string
}

/** Everything that is wrong with the roles and that a JSON Schema cannot say; all at once. */
export function roleProblems(roles: RolesConfig): readonly RoleProblem[] {
  return Object.entries(roles).flatMap(([role, { grants }]) =>
    grants.flatMap((grant, i) =>
      [...grantProblems(grant)].map(({ path, message }) => ({ path: `${role}.grants.${i}.${path}`, message })),
    ),
  )
}

function* grantProblems(grant: GrantConfig): Generator<RoleProblem> {
  if (grant.service === '') yield { path: 'service', message: 'A grant names a service, or `*` for all' }
  if (grant.service !== '*' && grant.service.includes('*')) {
    yield { path: 'service', message: '`*` stands for all services and is not part of a name' }
  }
  if (grant.resource === '') yield { path: 'resource', message: 'A grant names a resource, or `*` for all' }
  if (grant.resource.slice(0, -1).includes('*')) {
    yield { path: 'resource', message: '`*` may stand only at the end of a resource' }
  }
  if (grant.deny !== true && !grant.verbs?.length) {
    yield { path: 'verbs', message: `A grant without verbs allows nothing. Verbs: ${verbs.join(', ')}` }
  }
  yield* unknown('verbs', 'Verbs', grant.verbs ?? [], verbs)
  yield* unknown('surfaces', 'Surfaces', grant.surfaces ?? [], surfaces)
  if (grant.surfaces?.length === 0) yield { path: 'surfaces', message: 'A grant on no surface allows nothing' }
  for (const [column, mask] of Object.entries(grant.fields?.mask ?? {})) {
    yield* unknown(`fields.mask.${column}`, 'Masks', [mask], masks)
  }
  if (grant.max_rows !== undefined && !(Number.isSafeInteger(grant.max_rows) && grant.max_rows > 0)) {
    yield { path: 'max_rows', message: 'max_rows is a whole number from 1' }
  }
  if (grant.timeout !== undefined && !parseDuration(grant.timeout)) {
    yield { path: 'timeout', message: 'timeout is a duration such as 500ms, 5s or 1m' }
  }
  if (grant.deny === true && (grant.fields || grant.rows !== undefined)) {
    yield { path: 'deny', message: 'A denial has no fields or rows; deny columns in the grant that allows the table' }
  }
}

function* unknown(
  path: string,
  what: string,
  names: readonly string[],
  known: readonly string[],
): Generator<RoleProblem> {
  for (const name of names) {
    if (!known.includes(name)) yield { path, message: `\`${name}\` is not known. ${suggest(name, what, known)}` }
  }
}
