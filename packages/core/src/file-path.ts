import { Failure } from './failure.js'

/** Bytes of a whole path in UTF-8, and of one part: what the narrowest of the storages takes. */
const longestPath = 1024
const longestPart = 255

/** How files of our own are named: those of uploads that are not complete. Nobody else may use such names. */
export const temporaryPrefix = '.gatehouse-'

/**
 * The one reader of paths: what callers, archives and links name comes through here before anything else sees it.
 *
 * Answers the path below the service's root, parts joined by `/`; a folder's ends in `/`, and the root is ``. There is
 * one spelling of each path: what would have to be rewritten to become safe is refused instead, so that what is
 * granted, audited and opened is what was asked. Throws `invalid`, which says why and repeats nothing.
 */
export function filePath(text: string): string {
  const wrong = problemOf(text)
  if (wrong !== undefined) {
    throw new Failure('invalid', `The path is not allowed: ${wrong}`, {
      hint: 'A path is names with / between them, below the root of the service: reports/2026/january.csv',
    })
  }
  return text
}

/** True for what `filePath` would take: for names that a storage holds already. */
export function isFilePath(text: string): boolean {
  return problemOf(text) === undefined
}

/** True for a folder's path, the root's too. */
export function isFolder(path: string): boolean {
  return path === '' || path.endsWith('/')
}

/** The failure of a path where nothing is, and of one where the caller may see nothing, in the same words. */
export function noSuchPath(path: string, cause?: unknown): Failure {
  const [what, hint] = isFolder(path)
    ? ['folder', 'List the folder above it']
    : ['file', 'List the folder that it is in']
  return new Failure('not_found', `There is no ${what} \`${path.slice(0, 200)}\``, {
    hint,
    ...(cause !== undefined && { cause }),
  })
}

/** The folder that a file or folder is in; the root's is the root. */
export function parentOf(path: string): string {
  const end = path.endsWith('/') ? path.length - 2 : path.length - 1
  return path.slice(0, path.lastIndexOf('/', end) + 1)
}

/** The last part, without the slash of a folder. */
export function nameOf(path: string): string {
  const bare = path.endsWith('/') ? path.slice(0, -1) : path
  return bare.slice(bare.lastIndexOf('/') + 1)
}

function problemOf(text: string): string | undefined {
  if (text === '') return undefined
  if (Buffer.byteLength(text) > longestPath) return `it is longer than ${longestPath} bytes`
  if (text.startsWith('/')) return 'it begins with /'
  if (/\p{Surrogate}/u.test(text)) return 'it has half a character'
  const parts = text.split('/')
  if (parts.at(-1) === '') parts.pop()
  for (const part of parts) {
    const wrong = partProblem(part)
    if (wrong !== undefined) return wrong
  }
  // The route of the service's own document.
  return parts[0] === '_spec' ? 'this name is reserved' : undefined
}

// Windows reads these as devices whatever comes behind a dot, and drops dots and spaces at the end of a name.
const device = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:$|[ .:])/iu
// A storage behind another decoder would see a separator, a dot or a NUL.
const encoded = /%(?:25)*(?:2e|2f|5c|00|c0|c1|e0%80)|%u/iu

function partProblem(part: string): string | undefined {
  if (part === '') return 'a name between two / is empty'
  // `..;x` is `..` to servers that cut parameters off.
  if (/^\.{1,2}(?:;|$)/.test(part)) return '. and .. are no names'
  if (Buffer.byteLength(part) > longestPart) return `a name is longer than ${longestPart} bytes`
  if (part.includes('\\')) return 'it has a backslash'
  // Control characters, and the invisible ones that turn text around or hide in it.
  if (/[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u.test(part)) return 'it has a control character'
  if (/[. ]$/.test(part)) return 'a name ends with a dot or a space'
  if (part.startsWith(' ')) return 'a name begins with a space'
  if (device.test(part)) return 'a name is reserved'
  if (part.toLowerCase().startsWith(temporaryPrefix)) return 'a name is reserved'
  // `file:stream` and `c:` mean something else on Windows.
  if (/^[a-z]:|:\$|::/iu.test(part)) return 'a name has a drive or a stream in it'
  if (encoded.test(part)) return 'it is encoded twice'
  if (part.startsWith('~') && !part.startsWith('~$')) return 'a name begins with ~'
  return looksLike(part) ? 'a name has characters that look like separators or dots' : undefined
}

/** Some file systems and servers fold such characters to plain ones. */
function looksLike(part: string): boolean {
  const folded = part.normalize('NFKC')
  if (folded === part) return false
  return folded.includes('/') || folded.includes('\\') || /^\.+$/.test(folded) || /[. ]$/.test(folded)
}
