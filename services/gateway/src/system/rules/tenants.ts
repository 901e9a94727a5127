import type { Passwords } from '@gatehouse/access'
import { type Changes, Failure } from '@gatehouse/core'
import type { Store } from '@gatehouse/store'
import { firstAdministrator } from '../../installation.js'
import { requireUnlimited } from '../may-give.js'
import type { SystemTable } from '../system-table.js'
import { nameIn, required } from '../values.js'

/** Tenants, seen and made in the default tenant alone. A new one gets an administrator, whose password is shown once. */
export function tenantsTable(changes: Changes, store: Store, passwords: Passwords): SystemTable {
  return {
    name: 'tenants',
    description: 'Tenants: each has its own services, roles, users and keys below /t/{name}',
    hidden: ['tenant'],
    kept: ['source', 'created', 'changed'],
    filled: [],
    rootOnly: true,
    rules: {
      async create(draft, context) {
        requireUnlimited(context, 'make tenants')
        const name = required(nameIn(draft, /^[a-z][a-z0-9-]{0,62}$/, 'lower case letters, digits and -'), 'name')
        if (name === 'default') throw new Failure('conflict', 'The default tenant is always there')
        // The tenant's own data may be there already: of a file that named it before.
        const [user] = await firstAdministrator(store, name, passwords)
        return { row: draft, ...(user && { shown: { administrator: user.name, password: user.password } }) }
      },
      update(draft, _before, context) {
        requireUnlimited(context, 'change tenants')
        if (draft.has('name')) throw new Failure('invalid', 'A tenant keeps its name: it is its address')
        return { row: draft }
      },
      remove: (_before, context) => requireUnlimited(context, 'delete tenants'),
      async after(touched, context) {
        const left = await store.tenant('default').tenants()
        for (const name of touched.map((before) => String(before.name))) {
          if (left.includes(name)) continue
          await store.tenant(name).removeAll()
          // No token of the tenant, or of a member, is good in one that is made by the same name.
          await store.oauth.revokeGrants({ memberOf: name })
          await changes.announce(name, 'users')
          await changes.announce(context.tenant.name, 'users')
        }
        await changes.announce(context.tenant.name, 'access')
      },
    },
  }
}
