export type { AuditStore } from './audit/audit-store.js'
export { addKey, deriveKey, openKeyFile, readKeys } from './key-file.js'
export { createSealing, type Sealing, type Secrets } from './secrets.js'
export type { Settings } from './settings.js'
export { openStore, type Store, type StoreOptions } from './store.js'
export type {
  FileRows,
  StoredAccess,
  StoredEndpoint,
  StoredRole,
  StoredService,
} from './tenant/access-rows.js'
export type { TenantStore } from './tenant/tenant-store.js'
export { loginOf, type NewUser } from './tenant/users.js'
