/** Other words for an input property, by the property. */
const otherWords: Readonly<Record<string, readonly string[]>> = {
  fields: ['select'],
  filter: ['where'],
  limit: ['top'],
  offset: ['skip'],
  order: ['order_by', 'sort'],
  group: ['group_by'],
  group_by: ['group'],
  aggregates: ['aggregation', 'aggregate'],
  records: ['resource', 'record'],
  ids: ['id'],
  params: ['parameters'],
  table_name: ['table'],
  procedure_name: ['procedure'],
  function_name: ['function'],
}

/** Spelling -> property, for these properties: other words, and camelCase of everything. */
export function aliasesOf(properties: readonly string[]): Readonly<Record<string, string>> {
  const aliases: Record<string, string> = {}
  const own = new Set(properties)
  for (const property of properties) {
    for (const word of [property, ...(otherWords[property] ?? [])]) {
      for (const spelling of [word, camelCase(word)]) {
        if (!own.has(spelling) && !Object.hasOwn(aliases, spelling)) aliases[spelling] = property
      }
    }
  }
  return aliases
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
