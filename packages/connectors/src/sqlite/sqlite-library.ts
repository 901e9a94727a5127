import { createRequire } from 'node:module'
import type Sqlite from 'better-sqlite3'

const require = createRequire(import.meta.url)
const major = Number(process.versions.node.split('.', 1)[0])

/**
 * Two versions of one library, since none runs on all versions of Node: 12 is the last one for Node 20, and when compiled
 * for Node 24.19 or later it ends the process as statements are collected; 13 needs Node 22. What is used of them is the same.
 */
export const SqliteDatabase: typeof Sqlite = major >= 22 ? require('better-sqlite3-13') : require('better-sqlite3')
