import type { FileScope, Grant, Verb } from '@gatehouse/core'

/** What the caller may do with paths, and with any of them. */
export interface FileSight extends FileScope {
  /** The verb is granted on some path. */
  some(verb: Verb): boolean
  /** The grants that hold for a path. */
  grants(path: string): readonly Grant[]
}

/** Stands behind a prefix for all that begins with it and has no entry of its own: no path has this character. */
const any = '\0'

/**
 * Answers for every path from the few places where the roles' entries begin: what holds for a path is what holds
 * behind the longest entry that matches it. So a listing of a million files asks the roles a handful of questions.
 *
 * Grants with a row policy or with a list of the only columns do not apply: neither can be kept for a file, so that
 * they allow nothing.
 */
export function fileSight(grantsOn: (resource: string) => readonly Grant[], patterns: readonly string[]): FileSight {
  const exact = new Set(patterns.filter((pattern) => !pattern.endsWith('*')))
  const prefixes = patterns
    .filter((pattern) => pattern.endsWith('*'))
    .map((pattern) => pattern.slice(0, -1))
    .sort((a, b) => b.length - a.length)
  const probes = [...exact, ...prefixes.map((prefix) => prefix + any)]
  const known = new Map<string, readonly Grant[]>()
  const ask = (probe: string) => {
    let grants = known.get(probe)
    if (!grants) {
      grants = grantsOn(probe).filter((grant) => grant.rows === undefined && grant.allow === undefined)
      known.set(probe, grants)
    }
    return grants
  }
  const grants = (path: string): readonly Grant[] => {
    if (exact.has(path)) return ask(path)
    const longest = prefixes.find((prefix) => path.startsWith(prefix))
    return longest === undefined ? [] : ask(longest + any)
  }
  const may = (path: string, verb: Verb) => grants(path).some((grant) => grant.verbs.has(verb))
  const beneath = (folder: string) => probes.filter((probe) => probe.startsWith(folder))
  return {
    grants,
    may,
    some: (verb) => probes.some((probe) => may(probe, verb)),
    sees(path) {
      if (may(path, 'read')) return true
      const folder = path === '' || path.endsWith('/')
      return folder && beneath(path).some((probe) => may(probe, 'read'))
    },
    mayAll: (folder, verb) =>
      may(folder, verb) && may(folder + any, verb) && beneath(folder).every((probe) => may(probe, verb)),
  }
}
