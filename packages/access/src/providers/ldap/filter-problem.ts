import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** `{name}` in a filter of the configuration. */
export const placeholder = /\{(\w+)\}/g

/** Why a text is no filter in which at least one of these names stands for a value; undefined: it is one. */
export function filterProblem(text: string, allowed: readonly string[]): string | undefined {
  // The library is large: a configuration that has no such text does without. An import would make all reading of
  // configurations wait, so this is what `require` gives, which reads filters by the same code.
  const { FilterParser }: typeof import('ldapts') = require('ldapts')
  try {
    FilterParser.parseString(text)
  } catch (error) {
    return `is no filter (RFC 4515): ${error instanceof Error ? error.message : String(error)}`
  }
  const names = [...text.matchAll(placeholder)].map(([, name]) => name ?? '')
  const unknown = names.find((name) => !allowed.includes(name))
  if (unknown !== undefined) return `has {${unknown}}, which stands for nothing here`
  if (names.length === 0) return `needs ${allowed.map((name) => `{${name}}`).join(' or ')}`
  if (/[<>~:]=[^()]*\{user\}/.test(text)) return 'can compare {user} by = only'
  return undefined
}
