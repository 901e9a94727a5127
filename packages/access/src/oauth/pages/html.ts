declare const escaped: unique symbol

/** Text that may stand in a page as it is. Only this file makes it: `html` escapes all that it is given. */
export interface Html {
  readonly text: string
  readonly [escaped]: true
}

type Part = string | number | Html | readonly Html[] | undefined | false

/** A piece of a page: what is filled in is escaped, unless it is a piece itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0] ?? ''
  for (const [i, part] of parts.entries()) text += textOf(part) + (strings[i + 1] ?? '')
  return { text } as Html
}

function textOf(part: Part): string {
  if (part === undefined || part === false) return ''
  if (typeof part === 'string' || typeof part === 'number') return escapedText(String(part))
  return 'text' in part ? part.text : part.map((piece) => piece.text).join('')
}

function escapedText(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A constant of ours, such as a style sheet: text that nobody else can write. */
export function constant(text: string): Html {
  return { text } as Html
}
