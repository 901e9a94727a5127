/** Levenshtein distance of two short strings. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      current[j] = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, substitution)
    }
    previous = current
  }
  return previous[b.length] ?? 0
}

/** The candidate that a typing error most likely meant, or undefined when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > 100) return undefined
  const lower = word.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue
    const d = distance(lower, candidate.toLowerCase())
    if (d < bestDistance) {
      bestDistance = d
      best = candidate
    }
  }
  return best
}

/** "Did you mean `x`? Columns: a, b, c." for a name that is not there. Lists at most 20 names. */
export function suggest(word: string, what: string, candidates: Iterable<string>): string {
  const names = [...candidates]
  const near = nearest(word, names)
  const listed = names.slice(0, 20).join(', ') + (names.length > 20 ? ', ...' : '')
  const list = names.length === 0 ? `There are no ${what.toLowerCase()}.` : `${what}: ${listed}`
  return near === undefined ? list : `Did you mean \`${near}\`? ${list}`
}
