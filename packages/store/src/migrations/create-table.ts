import type { Knex } from 'knex'

/** Creates a table in which texts are any Unicode and equal only when they are the same to the letter. */
export function createTable(
  knex: Knex,
  name: string,
  columns: (table: Knex.CreateTableBuilder) => void,
): Knex.SchemaBuilder {
  return knex.schema.createTable(name, (table) => {
    if (knex.client.driverName === 'mysql2') {
      table.charset('utf8mb4')
      table.collate('utf8mb4_bin')
    }
    columns(table)
  })
}
