// The documented way to a dialect of one's own, of which knex has no types: https://knexjs.org/guide/extending.html
declare module 'knex/lib/dialects/better-sqlite3/index.js' {
  import { Knex } from 'knex'

  export default class Client_BetterSQLite3 extends Knex.Client {
    _driver(): unknown
  }
}
