/** Letters, digits and underscores only, as generators of clients want names. */
export function slug(text: string): string {
  const plain = text.normalize('NFKD').replace(/\p{M}+/gu, '')
  return plain.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_+|_+$/g, '') || 'x'
}

/** Gives each thing a name of its own: a name that is taken gets `_2`, `_3`, in order of asking. */
export function uniqueNames(): (wanted: string) => string {
  const taken = new Set<string>()
  return (wanted) => {
    let name = wanted
    for (let n = 2; taken.has(name); n++) name = `${wanted}_${n}`
    taken.add(name)
    return name
  }
}
