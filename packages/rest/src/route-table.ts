import type { HttpMethod, Operation } from '@gatehouse/core'
import { type InputReader, readerOf } from './input-reader.js'

interface Route {
  readonly operation: Operation
  readonly reader: InputReader
  /** Names of the path's parameters, in order. */
  readonly parameters: readonly string[]
}

/** A route with the values of its path's parameters; or the methods that the path has, where the one asked is not. */
export type Match =
  | { readonly route: Route; readonly values: readonly string[] }
  | { readonly route: undefined; readonly allow: readonly HttpMethod[] }

interface Node {
  readonly literals: Map<string, Node>
  parameter?: Node
  readonly routes: Map<HttpMethod, Route>
}

export interface RouteTable {
  /** `segments` from `start` on are matched. Undefined: no such path. */
  match(segments: readonly string[], start: number, method: HttpMethod): Match | undefined
}

const tables = new WeakMap<readonly Operation[], RouteTable>()

/** The routes of these operations: patterns in a tree, never one entry a table. Kept while the array is. */
export function routesOf(operations: readonly Operation[]): RouteTable {
  let table = tables.get(operations)
  if (!table) {
    table = compile(operations)
    tables.set(operations, table)
  }
  return table
}

function compile(operations: readonly Operation[]): RouteTable {
  const root = newNode()
  for (const operation of operations) add(root, operation)
  return {
    match(segments, start, method) {
      const values: string[] = []
      const node = find(root, segments, start, values)
      if (!node) return undefined
      const route = node.routes.get(method)
      return route ? { route, values } : { route, allow: [...node.routes.keys()] }
    },
  }
}

function newNode(): Node {
  return { literals: new Map(), routes: new Map() }
}

function add(root: Node, operation: Operation): void {
  const parameters: string[] = []
  let node = root
  for (const segment of operation.http.path.split('/')) {
    if (segment === '') continue
    let next: Node | undefined
    if (segment.startsWith('{') && segment.endsWith('}')) {
      parameters.push(segment.slice(1, -1))
      node.parameter ??= newNode()
      next = node.parameter
    } else {
      next = node.literals.get(segment)
      if (!next) {
        next = newNode()
        node.literals.set(segment, next)
      }
    }
    node = next
  }
  for (const method of operation.http.methods) {
    if (!node.routes.has(method)) node.routes.set(method, { operation, reader: readerOf(operation), parameters })
  }
}

/** Literal segments win; where they lead nowhere, the parameter is tried. */
function find(node: Node, segments: readonly string[], at: number, values: string[]): Node | undefined {
  const segment = segments[at]
  if (segment === undefined) return node.routes.size > 0 ? node : undefined
  const literal = node.literals.get(segment)
  const found = literal && find(literal, segments, at + 1, values)
  if (found || !node.parameter || segment === '') return found
  values.push(segment)
  const below = find(node.parameter, segments, at + 1, values)
  if (!below) values.pop()
  return below
}
