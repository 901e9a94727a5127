import { isDeepStrictEqual } from 'node:util'
import { isUnlimited } from '@gatehouse/access'
import { Failure, type JsonObject, suggest } from '@gatehouse/core'
import type { TenantStore } from '@gatehouse/store'
import type { RuleContext, Stored } from './system-table.js'
import { storedObject, storedTexts } from './values.js'

/** Who may do everything may give everything. */
function unlimited({ caller, tenant }: RuleContext): boolean {
  return isUnlimited(tenant.access().roles, caller.roles)
}

/** Throws `forbidden` for who may not do everything. */
export function requireUnlimited(context: RuleContext, what: string): void {
  if (unlimited(context)) return
  throw new Failure('forbidden', `Only who may do everything may ${what}`, {
    hint: 'An administrator has a role that grants everything on all services',
  })
}

/** Nobody hands out, or takes over, what was not given to them. Throws `invalid` for a role that is not there. */
export function mayGiveRoles(roles: readonly string[], context: RuleContext): void {
  const known = Object.keys(context.tenant.access().roles)
  for (const role of roles) {
    if (!known.includes(role)) {
      throw new Failure('invalid', `There is no role \`${role.slice(0, 100)}\``, {
        hint: suggest(role, 'Roles', known),
      })
    }
  }
  mayHaveRoles(roles, context)
}

/**
 * Whoever changes a user, a key or a client can act as it, and row policies read attributes: so only who has the same
 * roles and attributes may.
 */
export function mayActOn(holder: Stored, context: RuleContext): void {
  mayHaveRoles(storedTexts(holder, 'roles'), context)
  mayGiveAttributes(storedObject(holder, 'attributes'), context)
}

function mayHaveRoles(roles: readonly string[], context: RuleContext): void {
  if (unlimited(context)) return
  const missing = roles.find((role) => !context.caller.roles.includes(role))
  if (missing === undefined) return
  throw new Failure('forbidden', `You do not have the role \`${missing}\`, so you may not decide who has it`)
}

/** Whoever sets a user's password can be that user: also where the user is a member, in other tenants. */
export async function mayActOnUser(user: Stored, context: RuleContext, own: TenantStore): Promise<void> {
  mayActOn(user, context)
  // What its provider says of it brings roles too, and other ones tomorrow.
  if (user.provider !== 'local') requireUnlimited(context, 'decide on people of outside providers')
  if (unlimited(context) || (await own.memberships(String(user.id))).length === 0) return
  throw new Failure('forbidden', 'This user is a member of other tenants too: only who may do everything decides on it')
}

/** Row policies may read names too: nobody takes that of another caller but who may do everything. */
export async function mayTakeName(name: string, context: RuleContext, own: TenantStore): Promise<void> {
  if (unlimited(context)) return
  const taken = context.tenant.access().keys.some((key) => key.name === name) || (await own.findUser(name))
  if (taken) throw new Failure('conflict', `There is a caller \`${name.slice(0, 100)}\` already`)
}

/** Row policies read attributes, so who sets them decides on rows: only those that the caller has too. */
export function mayGiveAttributes(attributes: JsonObject, context: RuleContext): void {
  if (unlimited(context)) return
  const { attributes: own } = context.caller
  for (const [name, value] of Object.entries(attributes)) {
    if (Object.hasOwn(own, name) && isDeepStrictEqual(own[name], value)) continue
    throw new Failure('forbidden', `The attribute \`${name.slice(0, 100)}\` can only be given as you have it yourself`)
  }
}
