import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, visit, type YAMLMap } from 'yaml'
import type { Problem } from './problems.js'

/** A configuration file as it was read: plain values, and where each of them stands. */
export interface Source {
  readonly value: unknown
  /** Texts that the file itself holds and no environment variable gave, by path: for warnings on secrets. */
  readonly literal: (path: Problem['path']) => boolean
  /** The line (from 1) of a path, or of the nearest thing around it. */
  readonly line: (path: Problem['path']) => number
  readonly problems: readonly Problem[]
}

const variable = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g

/** Reads YAML 1.2, and `${NAME}` and `${NAME:-default}` from the environment. Finds every problem, throws none. */
export function readSource(text: string, env: Readonly<Record<string, string | undefined>>): Source {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false })
  const problems: Problem[] = []
  const given = new Set<unknown>()
  let twice = false
  const broken = document.errors.map((error) => ({ offset: error.pos[0], message: error.message.split('\n')[0] ?? '' }))
  visit(document, {
    // The library compares each key with all before it, which takes a minute for some ten thousand roles.
    Map(_key, { items }) {
      const seen = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        if (seen.has(key.value)) {
          twice = true
          broken.push({ offset: key.range?.[0] ?? 0, message: `the key \`${String(key.value)}\` is given twice` })
        }
        seen.add(key.value)
      }
    },
    Scalar(_key, node) {
      if (typeof node.value !== 'string' || !node.value.includes('${')) return
      node.value = node.value.replace(variable, (_whole, name: string, fallback: string | undefined) => {
        const value = env[name] === undefined || (env[name] === '' && fallback !== undefined) ? fallback : env[name]
        if (value === undefined) {
          broken.push({
            offset: node.range?.[0] ?? 0,
            message: `the environment variable ${name} is not set. Set it, or give a default: \${${name}:-value}`,
          })
        } else given.add(node)
        return value ?? ''
      })
    },
  })
  const pairs = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>()
  const pairsOf = (map: YAMLMap): ReadonlyMap<string, Pair> => {
    const known =
      pairs.get(map) ?? new Map(map.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '', pair]))
    pairs.set(map, known)
    return known
  }
  const at = (path: Problem['path']): { node: Node | undefined; offset: number } => {
    let node: unknown = document.contents
    let offset = 0
    for (const step of path) {
      if (isMap(node)) {
        const pair = pairsOf(node).get(String(step))
        if (!pair) break
        if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset
        node = pair.value
      } else if (isSeq(node)) {
        node = node.items[Number(step)]
        if (node && typeof node === 'object' && 'range' in node) offset = (node as Node).range?.[0] ?? offset
      } else break
    }
    return { node: node as Node | undefined, offset }
  }
  for (const { offset, message } of broken) problems.push({ path: [`@${lines.linePos(offset).line}`], message })
  return {
    value: twice || document.errors.length > 0 ? undefined : document.toJS(),
    literal: (path) => !given.has(at(path).node),
    line: (path) => {
      const [first] = path
      if (typeof first === 'string' && first.startsWith('@')) return Number(first.slice(1))
      return lines.linePos(at(path).offset).line
    },
    problems,
  }
}
