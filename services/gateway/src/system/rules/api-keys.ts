import { isIP } from 'node:net'
import { hashKey, makeKey } from '@gatehouse/access'
import { type Changes, Failure, type Scalar } from '@gatehouse/core'
import type { TenantStore } from '@gatehouse/store'
import { mayActOn, mayGiveAttributes, mayGiveRoles, mayTakeName } from '../may-give.js'
import type { Draft, RuleContext, SystemTable } from '../system-table.js'
import { nameIn, objectIn, required, textIn, textsIn } from '../values.js'

/** API keys: made, rotated and revoked here; each is shown once. */
export function apiKeysTable(changes: Changes, storeOf: (tenant: string) => TenantStore): SystemTable {
  function ruled(draft: Draft, context: RuleContext): Map<string, Scalar> {
    const row = new Map<string, Scalar>(draft)
    row.delete('rotate')
    nameIn(draft, /^[\w.-]{1,190}$/, 'letters, digits and . _ -')
    const roles = textsIn(draft, 'roles')
    if (roles) mayGiveRoles(roles, context)
    const attributes = objectIn(draft, 'attributes')
    if (attributes) mayGiveAttributes(attributes, context)
    const expires = textIn(draft, 'expires')
    if (expires !== undefined && !(/^\d{4}-\d{2}-\d{2}/.test(expires) && Date.parse(expires) > 0)) {
      throw new Failure('invalid', '`expires` is a date such as 2027-12-31')
    }
    for (const address of textsIn(draft, 'addresses') ?? []) {
      const [ip = '', bits = '0'] = address.split('/')
      const family = isIP(ip)
      if (family === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) {
        throw new Failure('invalid', `\`${address.slice(0, 60)}\` is no address or network such as 10.0.0.0/8`)
      }
    }
    return row
  }

  return {
    name: 'api_keys',
    description: 'Keys of programs. The key itself is shown once, when it is made or rotated (`rotate`: true)',
    hidden: ['tenant', 'hash'],
    kept: ['key', 'last_used', 'source', 'created', 'changed'],
    filled: ['roles', 'attributes', 'revoked'],
    rules: {
      async create(draft, context) {
        const name = required(textIn(draft, 'name'), 'name')
        if (required(textsIn(draft, 'roles'), 'roles').length === 0) throw new Failure('invalid', '`roles` is empty')
        const row = ruled(draft, context)
        if (context.tenant.access().keys.some((key) => key.name === name)) {
          throw new Failure('conflict', `There is a key \`${name}\` already`)
        }
        await mayTakeName(name, context, storeOf(context.tenant.name))
        const key = makeKey()
        row.set('hash', hashKey(key))
        if (!row.has('attributes')) row.set('attributes', '{}')
        if (!row.has('revoked')) row.set('revoked', false)
        return { row, shown: { key } }
      },
      update(draft, before, context) {
        mayActOn(before, context)
        if (draft.has('name')) throw new Failure('invalid', 'A key keeps its name: the audit knows it by it')
        const row = ruled(draft, context)
        if (draft.get('rotate') !== true) return { row }
        const key = makeKey()
        row.set('hash', hashKey(key))
        return { row, shown: { key } }
      },
      remove: (before, context) => mayActOn(before, context),
      after: (_touched, { tenant }) => changes.announce(tenant.name, 'access'),
    },
  }
}
