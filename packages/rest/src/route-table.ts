import type { HttpMethod, Operation } from '@gatehouse/core'
import { type InputReader, readerOf } from './input-reader.js'

interface Route {
  readonly operation: Operation
  readonly reader: InputReader
  /** Names of the path's parameters, in order. */
  readonly parameters: readonly string[]
}

/** What a path is matched by, besides the path itself. */
export interface Asked {
  /** From here on, segments are below the service. */
  readonly start: number
  /** The path ends in a slash. */
  readonly slash: boolean
  readonly method: HttpMethod
  /** True for a parameter of the query string that is there and does not say no. */
  has(parameter: string): boolean
}

/** A route with the values of its path's parameters; or the methods that the path has, where the one asked is not. */
export type Match =
  | {
      readonly route: Route
      readonly values: readonly string[]
      /** By the path of a file or folder. */
      readonly stored: boolean
    }
  | { readonly route: undefined; readonly allow: readonly HttpMethod[] }

/** By method; of several, one is chosen by a parameter that it needs, and else the one that needs none. */
type Routes = Map<HttpMethod, readonly Route[]>

interface Found {
  readonly routes: Routes
  readonly stored: boolean
}

interface Node {
  readonly literals: Map<string, Node>
  parameter?: Node
  readonly routes: Routes
  /** What takes all that is left: as the path of a file, or of a folder. */
  readonly files: Routes
  readonly folders: Routes
}

export interface RouteTable {
  /** Undefined: no such path. */
  match(segments: readonly string[], asked: Asked): Match | undefined
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
  for (const operation of operations) {
    for (const path of [operation.http.path, ...(operation.http.alsoAt ?? [])]) add(root, operation, path)
  }
  return {
    match(segments, asked) {
      const values: string[] = []
      const found = find(root, segments, asked.start, values, asked.slash)
      if (!found) return undefined
      const route = chosen(found.routes.get(asked.method), asked)
      return route ? { route, values, stored: found.stored } : { route, allow: [...found.routes.keys()] }
    },
  }
}

function chosen(routes: readonly Route[] | undefined, { has }: Asked): Route | undefined {
  if (!routes) return undefined
  const [only] = routes
  if (routes.length === 1 && only?.operation.http.when === undefined) return only
  const needing = (route: Route) => route.operation.http.when !== undefined && has(route.operation.http.when)
  return routes.find(needing) ?? routes.find((route) => route.operation.http.when === undefined)
}

function newNode(): Node {
  return { literals: new Map(), routes: new Map(), files: new Map(), folders: new Map() }
}

function add(root: Node, operation: Operation, path: string): void {
  const parameters: string[] = []
  let node = root
  let routes = root.routes
  for (const segment of path.split('/')) {
    if (segment === '') continue
    let next: Node | undefined
    if (segment.startsWith('{+')) {
      parameters.push(segment.slice(2, -1))
      routes = path.endsWith('/') ? node.folders : node.files
      break
    }
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
    routes = node.routes
  }
  const route = { operation, reader: readerOf(operation), parameters }
  for (const method of operation.http.methods) {
    const known = routes.get(method) ?? []
    const { when } = operation.http
    if (!known.some(({ operation: other }) => other.http.when === when)) routes.set(method, [...known, route])
  }
}

/** Literal segments win; where they lead nowhere, the parameter is tried, and then what takes all that is left. */
function find(
  node: Node,
  segments: readonly string[],
  at: number,
  values: string[],
  slash: boolean,
): Found | undefined {
  const segment = segments[at]
  if (segment === undefined && node.routes.size > 0) return { routes: node.routes, stored: false }
  if (segment !== undefined) {
    const literal = node.literals.get(segment)
    const found = literal && find(literal, segments, at + 1, values, slash)
    if (found) return found
    if (node.parameter && segment !== '') {
      values.push(segment)
      const below = find(node.parameter, segments, at + 1, values, slash)
      if (below) return below
      values.pop()
    }
  }
  return rest(node, segments, at, values, slash)
}

function rest(
  node: Node,
  segments: readonly string[],
  at: number,
  values: string[],
  slash: boolean,
): Found | undefined {
  if (node.files.size === 0 && node.folders.size === 0) return undefined
  const path = segments.slice(at).join('/') + (slash && segments.length > at ? '/' : '')
  values.push(path)
  // A slash that was sent encoded ends a folder's path too.
  return { routes: path === '' || path.endsWith('/') ? node.folders : node.files, stored: true }
}
