import { type Changes, Failure, type OAuthStore, type Scalar } from '@gatehouse/core'
import type { TenantStore } from '@gatehouse/store'
import { requireUnlimited } from '../may-give.js'
import type { Draft, RuleContext, SystemTable } from '../system-table.js'
import { objectIn, required, textsIn } from '../values.js'

export interface MembershipPorts {
  readonly changes: Changes
  readonly oauth: OAuthStore
  readonly storeOf: (tenant: string) => TenantStore
  /** The names of the roles of any tenant; undefined where there is none. */
  readonly rolesOf: (tenant: string) => readonly string[] | undefined
}

/** Where users of the default tenant may act beside it: written by who administers the installation. */
export function membershipsTable({ changes, oauth, storeOf, rolesOf }: MembershipPorts): SystemTable {
  const tenantAt = async (context: RuleContext, id: Scalar | undefined) =>
    String((await context.row('tenants', 'tenant_id', id)).name)

  function ruled(draft: Draft, tenant: string): Map<string, Scalar> {
    const roles = textsIn(draft, 'roles')
    if (roles?.length === 0) throw new Failure('invalid', '`roles` is empty')
    const known = rolesOf(tenant) ?? []
    const unknown = roles?.find((role) => !known.includes(role))
    // Without the names of those that there are: they are the other tenant's.
    if (unknown !== undefined) throw new Failure('invalid', `${tenant} has no role \`${unknown.slice(0, 100)}\``)
    objectIn(draft, 'attributes')
    return new Map<string, Scalar>(draft)
  }

  return {
    name: 'memberships',
    description: 'Users of the default tenant who may act in another one, with roles of that one',
    hidden: ['tenant'],
    kept: ['created', 'changed'],
    filled: ['attributes'],
    rootOnly: true,
    plain: true,
    rules: {
      async create(draft, context) {
        requireUnlimited(context, 'make memberships')
        await context.row('users', 'user_id', draft.get('user_id'))
        const tenant = await tenantAt(context, draft.get('tenant_id'))
        required(textsIn(draft, 'roles'), 'roles')
        const row = ruled(draft, tenant)
        if (!row.has('attributes')) row.set('attributes', '{}')
        row.set('changed', new Date().toISOString())
        return { row }
      },
      async update(draft, before, context) {
        requireUnlimited(context, 'change memberships')
        if (draft.has('user_id') || draft.has('tenant_id')) {
          throw new Failure('invalid', 'A membership stays with its user and its tenant')
        }
        return { row: ruled(draft, await tenantAt(context, Number(before.tenant_id))) }
      },
      remove: (_before, context) => requireUnlimited(context, 'delete memberships'),
      async after(touched, context) {
        for (const before of touched) {
          const userId = String(before.user_id)
          const tenant = await tenantAt(context, Number(before.tenant_id))
          const left = await storeOf(context.tenant.name).memberships(userId)
          // Tokens are not good again when it is made anew.
          if (!left.some((membership) => membership.tenant === tenant)) {
            await oauth.revokeGrants({ userId, memberOf: tenant })
          }
          await changes.announce(context.tenant.name, 'users', `user:${userId}`)
        }
      },
    },
  }
}
