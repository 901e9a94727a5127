import { randomInt } from 'node:crypto'
import { resetCodeHash } from '@gatehouse/access'
import type { Scalar } from '@gatehouse/core'
import type { TenantStore } from '@gatehouse/store'
import { mayActOnUser } from '../may-give.js'
import type { SystemTable } from '../system-table.js'
import { passwordElsewhere } from './users.js'

const goodForMs = 60 * 60 * 1000
/** Without those that are mistaken for one another. */
const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'

/** Codes by which somebody who forgot the password sets a new one. An administrator makes one and passes it on. */
export const resetCodesTable = (storeOf: (tenant: string) => TenantStore): SystemTable => ({
  name: 'reset_codes',
  description: 'A code, shown once and good for one hour, by which a user sets a new password',
  hidden: ['tenant', 'hash'],
  kept: ['code', 'expires', 'created'],
  filled: [],
  plain: true,
  rules: {
    async create(draft, context) {
      const user = await context.row('users', 'user_id', draft.get('user_id'))
      await mayActOnUser(user, context, storeOf(context.tenant.name))
      if (user.provider !== 'local') throw passwordElsewhere(user)
      const text = Array.from({ length: 16 }, () => letters[randomInt(letters.length)]).join('')
      const code = text.replace(/(.{4})(?=.)/g, '$1-')
      const row = new Map<string, Scalar>([
        ['user_id', draft.get('user_id') ?? null],
        ['hash', resetCodeHash(code)],
        ['expires', new Date(Date.now() + goodForMs).toISOString()],
      ])
      return { row, shown: { code } }
    },
    remove: () => undefined,
  },
})
