export { startMariadb } from './mariadb.mjs'
export { startPostgres, withDatabase } from './postgres.mjs'
export { startRedis } from './redis.mjs'
