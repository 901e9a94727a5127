import type { JsonSchema } from '@gatehouse/core'

const names: JsonSchema = { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1, maxItems: 8 }
const text: JsonSchema = { type: 'string', minLength: 1 }
const closed = (properties: Record<string, JsonSchema>, required: readonly string[]): JsonSchema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})

/** `relationships` of a service: those that its database does not declare. */
export const relationshipsSchema: JsonSchema = {
  type: 'array',
  items: closed(
    {
      table: text,
      columns: names,
      kind: { enum: ['belongs_to', 'has_many', 'many_to_many'], description: 'Default belongs_to' },
      to: closed({ service: { ...text, description: 'Default: the service itself' }, table: text, columns: names }, [
        'table',
        'columns',
      ]),
      junction: closed({ table: text, columns: names, foreign_columns: names }, [
        'table',
        'columns',
        'foreign_columns',
      ]),
      name: {
        type: 'string',
        pattern: '^[A-Za-z_][\\w]{0,99}$',
        description: 'Default: {table}_by_{columns}, as declared ones are named',
      },
    },
    ['table', 'columns', 'to'],
  ),
}
