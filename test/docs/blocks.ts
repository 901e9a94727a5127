import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../cli/run-cli.js'

export interface Document {
  /** From the project's root: `docs/configuration.md`. */
  readonly path: string
  readonly text: string
}

/** A call that a document shows, and the answer that it shows below. In an answer, "..." stands for any text. */
export interface ShownCall {
  readonly name: string
  readonly command: string
  readonly answer: unknown
}

/** Every document of the project: at the root and below docs. */
export const documents: readonly Document[] = [...markdownIn('.', false), ...markdownIn('docs', true)].map((path) => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}))

function markdownIn(folder: string, below: boolean): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return below ? markdownIn(path, true) : []
    return entry.name.endsWith('.md') ? [path] : []
  })
}

const fence = /^```(\w*)\n(.*?)^```$/gms

/** The `sh` blocks that begin with curl; each is followed by a `json` block, which is its answer. */
export function shownCalls({ path, text }: Document): readonly ShownCall[] {
  const blocks = [...text.matchAll(fence)].map(([, language = '', content = '']) => ({ language, content }))
  return blocks.flatMap(({ language, content }, i) => {
    if (language !== 'sh' || !content.startsWith('curl')) return []
    const next = blocks[i + 1]
    if (next?.language !== 'json') throw new Error(`${path}: a call without its answer:\n${content}`)
    return [{ name: `${path}: call ${i}`, command: content, answer: JSON.parse(next.content) }]
  })
}

/** The commands of `gatehouse` that a document names in code: `gatehouse audit verify` is `audit`. */
export function namedCommands({ text }: Document): readonly string[] {
  return [...text.matchAll(/`(?:npx )?gatehouse ([a-z][a-z-]*)/g)].map(([, name = '']) => name)
}

/** Links to files of the project, without what they point at inside. */
export function relativeLinks({ text }: Document): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^(https?:|mailto:|#)/.test(target))
    .map((target) => target.replace(/#.*/, ''))
}
