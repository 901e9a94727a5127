import type { SystemTable } from '../system-table.js'

/** Events are written by the audit trail alone: nobody changes them, whatever their roles. */
export const auditTable: SystemTable = {
  name: 'audit',
  description: 'One row a call, on either surface, also for refused and failed ones',
  hidden: [],
  kept: [],
  filled: [],
  plain: true,
  rules: {},
}
