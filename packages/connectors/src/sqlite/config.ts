import { Failure, isJsonObject, type JsonObject, type ObjectSchema } from '@gatehouse/core'

export const sqliteConfig: ObjectSchema = {
  type: 'object',
  properties: {
    connection: {
      title: 'File',
      description: 'Path of the database file, sqlite:PATH, or {database: PATH}',
      oneOf: [
        { type: 'string', minLength: 1 },
        {
          type: 'object',
          properties: { database: { type: 'string', minLength: 1 } },
          required: ['database'],
          additionalProperties: false,
        },
      ],
    },
  },
  required: ['connection'],
}

/** The path of the database file. Throws `invalid`. */
export function pathOf(config: JsonObject): string {
  const { connection } = config
  const text = isJsonObject(connection) ? connection.database : connection
  const path = typeof text === 'string' ? text.replace(/^sqlite:(?:\/\/(?=\/))?/i, '') : ''
  if (path === '' || path === ':memory:' || path.includes('\0')) {
    throw new Failure('invalid', '`connection` of a sqlite service takes the path of a database file', {
      hint: './data/shop.db, sqlite:./data/shop.db or {database: ./data/shop.db}',
    })
  }
  return path
}
