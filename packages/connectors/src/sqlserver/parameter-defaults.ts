/**
 * Which parameters of a routine have a default. The catalog knows it of .NET's routines only; for the others it stands
 * in their text: `CREATE PROCEDURE p @a int, @b AS nvarchar(10) = N'x' OUTPUT AS ...`. A parameter is first named where
 * it is declared; from there to the comma, the bracket or the word that ends its declaration an equals sign counts.
 */
export function defaultsIn(definition: string, parameters: readonly string[]): ReadonlySet<string> {
  const tokens = definition.matchAll(
    /--[^\n]*|\/\*[\s\S]*?\*\/|N?'(?:[^']|'')*'|\[(?:[^\]]|\]\])*\]|"(?:[^"]|"")*"|@[\p{L}\p{N}_@#$]+|[\p{L}_][\p{L}\p{N}_@#$]*|[(),=]/gu,
  )
  const open = new Set(parameters.map((name) => name.toLowerCase()))
  const found = new Set<string>()
  let current: string | undefined
  let depth = 0
  let previous = ''
  for (const [token] of tokens) {
    if (token.startsWith('--') || token.startsWith('/*')) continue
    const word = token.toLowerCase()
    if (open.has(word) && depth <= 1 && current === undefined) {
      current = word
      open.delete(word)
      depth = 0
    } else if (current !== undefined) {
      if (token === '(') depth++
      else if (token === ')') depth--
      else if (token === '=' && depth === 0) found.add(current)
      const ends = (token === ',' && depth === 0) || depth < 0 || (endings.has(word) && previous !== current)
      if (ends) {
        current = undefined
        depth = 0
      }
    }
    previous = word
  }
  return new Set(parameters.filter((name) => found.has(name.toLowerCase())))
}

const endings = new Set(['as', 'with', 'for', 'returns', 'begin'])
