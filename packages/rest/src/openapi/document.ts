import type { JsonObject, JsonSchema, JsonValue, Operation, Service, SpecOf } from '@gatehouse/core'
import { basePath } from '../target.js'
import { accountPaths, accountTag } from './account-paths.js'
import { errorReferences, errorResponses, errorSchema } from './error-responses.js'
import { type Endpoint, endpointsOf } from './faces.js'
import { uniqueNames } from './names.js'
import { type Described, withOther } from './one-of-several.js'
import { parametersOf, shareParameters } from './parameters.js'
import { requestBodyOf } from './request-body.js'
import { collectSchemas, isSchema, type Schemas } from './schemas.js'

/** A service with what the asking caller may do with it. */
export interface DescribedService {
  readonly service: Pick<Service, 'name' | 'label' | 'description'>
  readonly operations: readonly Operation[]
}

interface DocumentOptions {
  /** With what a person does with the own account. */
  readonly accounts?: boolean
}

/**
 * The OpenAPI 3.1.1 document of these services, typed by table and column. Equal for equal operations: paths, names
 * and components come in a fixed order.
 */
export function openApiDocument(
  services: readonly DescribedService[],
  publicUrl?: string,
  { accounts = false }: DocumentOptions = {},
): JsonObject {
  const schemas = collectSchemas()
  const error = schemas.named('Error', errorSchema)
  const endpoints = services.flatMap(({ operations }) => operations.flatMap(endpointsOf))
  const described = endpoints.map((endpoint) => ({
    ...endpoint,
    parameters: parametersOf(endpoint.operation, endpoint.face, endpoint.method, endpoint.path),
  }))
  const shared = shareParameters(described, uniqueNames())
  const idFor = uniqueNames()
  const paths: Record<string, Record<string, Described>> = accounts ? accountPaths(schemas, idFor) : {}
  for (const endpoint of described) {
    const parameters = endpoint.parameters.map((parameter) => shared.reference(parameter))
    const item = paths[endpoint.path] ?? {}
    paths[endpoint.path] = item
    const method = endpoint.method.toLowerCase()
    const { when } = endpoint.operation.http
    const first = item[method]
    const described: Described = {
      operationId: first && when !== undefined ? first.operationId : idFor(endpoint.id),
      summary: endpoint.face.summary,
      description: endpoint.face.description,
      tags: [endpoint.group],
      ...(parameters.length > 0 && { parameters }),
      ...bodyOf(endpoint, schemas),
      responses: { ...success(endpoint, schemas), ...errorReferences },
    }
    item[method] = first && when !== undefined ? withOther(first, described, when) : described
  }
  const document = {
    openapi: '3.1.1',
    info: infoOf(services),
    servers: [{ url: serverUrl(publicUrl) }],
    security: [{ ApiKey: [] }, { Bearer: [] }, { Basic: [] }],
    tags: [...(accounts ? [accountTag] : []), ...tagsOf(services, endpoints)],
    paths: sorted(paths),
    components: {
      securitySchemes,
      ...(Object.keys(shared.components).length > 0 && { parameters: sorted(shared.components) }),
      ...(Object.keys(paths).length > 0 && { responses: errorResponses(error), schemas: sorted(schemas.components) }),
    },
  }
  return document as unknown as JsonObject
}

/** The document of one service, for the pipeline to answer. */
export const specOf: SpecOf = (service, operations) => openApiDocument([{ service, operations }])

/** The same, with links to where clients reach the server. */
export function specFor(publicUrl: string): SpecOf {
  return (service, operations) => openApiDocument([{ service, operations }], publicUrl)
}

function bodyOf(endpoint: Endpoint, schemas: Schemas): { requestBody?: JsonSchema } {
  const requestBody = requestBodyOf(endpoint.operation, endpoint.face, endpoint.method, endpoint.path, schemas)
  return requestBody ? { requestBody } : {}
}

const unchanged = { '304': { description: 'Your copy is current.' } }

function success(endpoint: Endpoint, schemas: Schemas): JsonObject {
  const { download, headers, tagged } = endpoint.operation.http
  if (download === undefined) return { '200': jsonSuccess(endpoint, schemas), ...(tagged && unchanged) }
  const content = { [download]: { schema: { type: 'string', format: 'binary' } } }
  const parts = headers?.range !== undefined && {
    '206': { description: 'The range.', content },
    ...unchanged,
    '416': { description: 'There are no bytes in this range.' },
  }
  return { '200': { description: 'Done.', content }, ...parts }
}

function jsonSuccess({ operation, face }: Endpoint, schemas: Schemas): JsonObject {
  const { properties } = face.output
  const meta = isSchema(properties) ? properties.meta : undefined
  // The page's meta is the same for all tables.
  const output =
    isSchema(properties) && isSchema(meta)
      ? { ...face.output, properties: { ...properties, meta: schemas.named('PageMeta', meta) } }
      : face.output
  const schema = schemas.place(output, operation.service) as { readonly [keyword: string]: JsonValue }
  const texts = Object.hasOwn(face.input.properties, 'format') && {
    'text/csv': { schema: { type: 'string' } },
    'application/x-ndjson': { schema: { type: 'string' } },
  }
  return { description: 'Done.', content: { 'application/json': { schema }, ...texts } }
}

function infoOf(services: readonly DescribedService[]): JsonObject {
  const [only] = services
  const single = only && services.length === 1 ? only.service : undefined
  return {
    title: single ? single.label || single.name : 'Gatehouse',
    version: '1.0.0',
    description:
      single?.description || 'Databases and storage services behind one governed API. Only what you may use is listed.',
    license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
  }
}

/** An address of this very machine says nothing elsewhere, so then it is left to where the document came from. */
function serverUrl(publicUrl: string | undefined): string {
  if (publicUrl === undefined) return basePath
  const { origin, hostname } = new URL(publicUrl)
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]' ? basePath : origin + basePath
}

function tagsOf(services: readonly DescribedService[], endpoints: readonly Endpoint[]): JsonValue[] {
  const groups = new Map(endpoints.map(({ group, about }) => [group, about]))
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, about]) => {
      const service = services.find((s) => s.service.name === name)?.service
      return { name, description: about ?? (service?.description || service?.label || name) }
    })
}

const securitySchemes: JsonObject = {
  ApiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key of Gatehouse.' },
  Bearer: { type: 'http', scheme: 'bearer', description: 'A session or identity provider token, or an API key.' },
  Basic: { type: 'http', scheme: 'basic', description: 'Name and password of a user.' },
}

function sorted<T>(members: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}
