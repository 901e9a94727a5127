import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  nearest,
  type Service,
  type VirtualRelationship,
  virtualProblems,
} from '@gatehouse/core'
import type { ServiceConfig } from './config.js'
import { objectOf } from './json-parts.js'
import type { Problem } from './problems.js'

/** One entry of `relationships`, which has passed the schema. */
export function relationshipOf(entry: JsonObject): VirtualRelationship {
  const to = objectOf(entry.to)
  const { name, kind, junction } = entry
  return {
    ...(typeof name === 'string' ? { name } : {}),
    kind: kind === 'has_many' || kind === 'many_to_many' ? kind : 'belongs_to',
    table: String(entry.table),
    columns: textsOf(entry.columns),
    to: {
      ...(typeof to.service === 'string' ? { service: to.service } : {}),
      table: String(to.table),
      columns: textsOf(to.columns),
    },
    ...(isJsonObject(junction)
      ? {
          junction: {
            table: String(junction.table),
            columns: textsOf(junction.columns),
            foreignColumns: textsOf(junction.foreign_columns),
          },
        }
      : {}),
  }
}

/** What the schema cannot say of the relationships of all services. */
export function relationshipProblems(services: JsonObject, below: Problem['path']): Problem[] {
  const problems: Problem[] = []
  for (const [service, config] of Object.entries(services)) {
    const entries = objectOf(config).relationships
    for (const [i, entry] of (Array.isArray(entries) ? entries : []).entries()) {
      const path = [...below, 'services', service, 'relationships', i]
      for (const message of entryProblems(relationshipOf(objectOf(entry)), service, Object.keys(services))) {
        problems.push({ path, message })
      }
    }
  }
  return problems
}

function* entryProblems(one: VirtualRelationship, own: string, services: readonly string[]): Generator<string> {
  const { kind, columns, to, junction } = one
  if (to.service !== undefined && !services.includes(to.service)) {
    const near = nearest(to.service, services)
    yield `there is no service \`${to.service}\`${near ? `. Did you mean \`${near}\`?` : ''}`
  }
  if (to.service === own) yield '`to.service` is the service itself: leave it out'
  if ((kind === 'many_to_many') !== (junction !== undefined)) {
    yield 'a `junction` is what many_to_many needs, and no other kind has'
  }
  if (kind === 'many_to_many' && to.service !== undefined) yield 'many_to_many cannot lead to another service'
  const [near, far] = junction ? [junction.columns, junction.foreignColumns] : [to.columns, to.columns]
  if (columns.length !== near.length || far.length !== to.columns.length) {
    yield 'columns that are joined must be equally many on both sides'
  }
}

/** What of the relationships is not there, once the services have been reached. */
export function relationshipWarnings(configs: readonly ServiceConfig[], services: readonly Service[]): string[] {
  const reached = new Map(services.filter(({ state }) => state === 'up').map(({ name, catalog }) => [name, catalog]))
  return configs.flatMap(({ name, relationships }) => {
    const own = reached.get(name)
    if (!own) return []
    return relationships.flatMap((one, i) =>
      virtualProblems(one, own, one.to.service === undefined ? undefined : reached.get(one.to.service)).map(
        (problem) => `${name}: relationships.${i}: ${problem}`,
      ),
    )
  })
}

function textsOf(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}
