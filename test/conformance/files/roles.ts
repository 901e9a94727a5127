import type { JsonObject } from '@gatehouse/core'
import { all, grant } from './open-storage.js'

/** Who may do what in the tests of grants. */
export const roles: JsonObject = {
  reports: { grants: [grant('g/reports/*', ['read'])] },
  half: { grants: [grant('g/*', ['read']), { service: 'files', resource: 'g/hidden/*', deny: true }] },
  deep: { grants: [grant('g/reports/2026/january.csv', ['read'])] },
  creator: { grants: [grant('g/inbox/*', ['read', 'create'])] },
  updater: { grants: [grant('g/inbox/*', ['read', 'update'])] },
  dropper: { grants: [grant('g/inbox/*', ['create'])] },
  copier: { grants: [grant('g/reports/*', ['read']), grant('g/copies/*', all)] },
  keeper: {
    grants: [grant('g/*', all), { service: 'files', resource: 'g/reports/2026/*', verbs: ['delete'], deny: true }],
  },
  policy: { grants: [grant('*', all, { rows: 'id = 1' })] },
}
