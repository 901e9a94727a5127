import type { HttpMethod, JsonSchema } from '@gatehouse/core'
import { type AccountRoute, accountRoutes } from '../account-routes.js'
import { errorReferences } from './error-responses.js'
import type { Described } from './one-of-several.js'
import type { Schemas } from './schemas.js'

/** The tag that all of them have. */
export const accountTag = { name: 'user', description: 'Sessions, profile and password of whoever calls.' }

/** What a person does with the own account, as paths of a document; `security` says where nobody has to be known. */
export function accountPaths(
  schemas: Schemas,
  idFor: (wanted: string) => string,
): Record<string, Record<string, Described & { security?: readonly object[] }>> {
  const paths: ReturnType<typeof accountPaths> = {}
  for (const { path, method, route } of accountRoutes()) {
    if (!route.words) continue
    const item = paths[`/${path}`] ?? {}
    paths[`/${path}`] = item
    item[method.toLowerCase()] = described(path, method, route, route.words, schemas, idFor)
  }
  return paths
}

function described(
  path: string,
  method: HttpMethod,
  { operation }: AccountRoute,
  words: NonNullable<AccountRoute['words']>,
  schemas: Schemas,
  idFor: (wanted: string) => string,
) {
  const { summary, description, open, query = {}, body, answer, text = 'application/json', redirect } = words
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => parameter(name, 'path', 'The name of the provider.')),
    ...Object.entries(query).map(([name, about]) => parameter(name, 'query', about)),
  ]
  const [schemaName, schema] = answer
  const shown = text === 'application/json' ? schemas.named(schemaName, schema) : schema
  return {
    operationId: idFor(`${path.startsWith('user/') ? 'user' : 'admin'}_${operation}`),
    summary,
    description,
    tags: [accountTag.name],
    ...(open && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && method !== 'GET' && { requestBody: requestBody(body) }),
    responses: {
      '200': { description: 'Done.', content: { [text]: { schema: shown } } },
      ...(redirect !== undefined && { '303': { description: redirect } }),
      ...errorReferences,
    },
  }
}

function parameter(name: string, where: 'path' | 'query', description: string) {
  return { name, in: where, description, required: where === 'path', schema: { type: 'string' } }
}

function requestBody(schema: JsonSchema): JsonSchema {
  return { required: true, content: { 'application/json': { schema } } }
}
