import type { JsonObject, JsonValue } from '@gatehouse/core'
import { errorCode, ProtocolError } from './errors.js'

/** Headers that repeat what the body says (SEP-2243), so that what stands between can route without reading bodies. */
export interface MirrorHeaders {
  readonly version: string | undefined
  readonly method: string | undefined
  readonly name: string | undefined
  /** `Mcp-Param-{name}`. */
  param(name: string): string | undefined
}

/** Which parameter `Mcp-Name` repeats. */
const nameSource: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
])

/** Throws `HeaderMismatch` where a header is missing or says something else than the body. */
export function requireMirror(
  headers: MirrorHeaders,
  body: { readonly version: string; readonly method: string; readonly params: JsonObject },
): void {
  requireEqual('MCP-Protocol-Version', headers.version, body.version)
  requireEqual('Mcp-Method', headers.method, body.method)
  const source = nameSource.get(body.method)
  if (source === undefined) return
  const name = body.params[source]
  if (typeof name === 'string') requireEqual('Mcp-Name', decoded('Mcp-Name', headers.name), name)
}

function requireEqual(header: string, found: string | undefined, expected: string): void {
  if (found === expected) return
  throw mismatch(found === undefined ? `${header} is missing` : `${header} does not say what the body says`)
}

/** A parameter that its tool wants repeated in `Mcp-Param-{header}`. */
export interface HeaderParameter {
  readonly header: string
  /** Property names from the root of the arguments. */
  readonly path: readonly string[]
}

/** The parameters of an input schema that carry `x-mcp-header`, at any depth of plain properties. */
export function headerParametersOf(schema: unknown, path: readonly string[] = []): readonly HeaderParameter[] {
  if (typeof schema !== 'object' || schema === null || !('properties' in schema)) return []
  const { properties } = schema
  if (typeof properties !== 'object' || properties === null) return []
  return Object.entries(properties).flatMap(([name, property]: [string, unknown]) => {
    const at = [...path, name]
    const own =
      typeof property === 'object' && property !== null && 'x-mcp-header' in property
        ? [{ header: String(property['x-mcp-header']), path: at }]
        : []
    return [...own, ...headerParametersOf(property, at)]
  })
}

/** Throws `HeaderMismatch` where an argument and its header disagree. A null or absent argument wants no header. */
export function requireParameterHeaders(
  headers: MirrorHeaders,
  parameters: readonly HeaderParameter[],
  input: JsonObject,
): void {
  for (const { header, path } of parameters) {
    const name = `Mcp-Param-${header}`
    const value = path.reduce<JsonValue | undefined>(memberOf, input)
    const sent = decoded(name, headers.param(header))
    if (value === undefined || value === null) {
      if (sent !== undefined) throw mismatch(`${name} is there, but its argument is not`)
      continue
    }
    if (sent === undefined) throw mismatch(`${name} is missing`)
    const equal = typeof value === 'number' ? Number(sent) === value && sent.trim() !== '' : sent === String(value)
    if (!equal) throw mismatch(`${name} does not say what the arguments say`)
  }
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined
}

const encodedForm = /^=\?base64\?(.*)\?=$/
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** A value that is no plain ASCII travels as `=?base64?...?=`. */
function decoded(header: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  const text = encodedForm.exec(value)?.[1]
  if (text !== undefined) {
    if (!base64.test(text)) throw mismatch(`${header} is no valid Base64`)
    return Buffer.from(text, 'base64').toString('utf8')
  }
  if (!/^[\t\x20-\x7e]*$/.test(value)) throw mismatch(`${header} has characters that a header cannot have`)
  return value
}

function mismatch(message: string): ProtocolError {
  return new ProtocolError(errorCode.headerMismatch, `Header mismatch: ${message}`, { status: 400 })
}
