import sax from 'sax'

/** An element as it was written: names are resolved to their namespaces, prefixes are forgotten. */
export interface XmlElement {
  readonly name: string
  readonly namespace: string
  /** Those without a namespace, which is where all of SAML's and XML Signature's own are. */
  readonly attributes: ReadonlyMap<string, string>
  /** Values of all attributes that something may take for an id (`ID`, `Id`, `id`, `xml:id`). */
  readonly ids: readonly string[]
  readonly children: readonly XmlElement[]
  /** The text directly inside, as it is, white space too. */
  readonly text: string
  /** As it stands in the document. */
  readonly source: string
}

const mostElements = 10_000
const deepest = 50

/**
 * Reads a document that somebody else wrote. Throws an Error, which is not for callers to see, for what is not
 * well-formed and for all that an exchange between machines needs not: document types (and with them entities), comments,
 * CDATA, processing instructions. Where texts have one part only, there is one way to read them. `comments`: those are
 * left out instead, for what an administrator wrote.
 */
export function parseXml(text: string, { comments = false } = {}): XmlElement {
  // No other markup begins like these, and they stand in no text or attribute of a well-formed document.
  const plain = text.replace(/^\uFEFF?\s*<\?xml [^<>]*\?>/, '')
  if ((comments ? /<(?:\?|!(?!--))/ : /<[!?]/).test(plain)) throw new Error('There is a `<!` or `<?` in the XML')
  const parser = sax.parser(true, { xmlns: true })
  const open: Open[] = []
  let root: XmlElement | undefined
  let count = 0
  parser.onerror = (error) => {
    throw error
  }
  parser.onopentag = (tag) => {
    if (++count > mostElements || open.length >= deepest) throw new Error('The XML has too many elements')
    if (root) throw new Error('The XML has a second root')
    open.push(opened(tag as sax.QualifiedTag, parser.startTagPosition - 1))
  }
  parser.ontext = (part) => {
    const inside = open.at(-1)
    if (inside) inside.text += part
  }
  parser.onclosetag = () => {
    const closed = open.pop()
    if (!closed) throw new Error('The XML closes what is not open')
    const { from, ...element } = closed
    const whole = { ...element, source: text.slice(from, parser.position) }
    const around = open.at(-1)
    if (around) around.children.push(whole)
    else root = whole
  }
  parser.write(text).close()
  if (!root) throw new Error('There is no XML')
  return root
}

interface Open {
  readonly name: string
  readonly namespace: string
  readonly attributes: ReadonlyMap<string, string>
  readonly ids: readonly string[]
  readonly children: XmlElement[]
  text: string
  readonly from: number
}

function opened({ local, uri, attributes }: sax.QualifiedTag, from: number): Open {
  const all = Object.values(attributes)
  return {
    name: local,
    namespace: uri,
    attributes: new Map(all.flatMap((at) => (at.prefix === '' && at.uri === '' ? [[at.local, at.value]] : []))),
    ids: all.filter((at) => at.local.toLowerCase() === 'id').map(({ value }) => value),
    children: [],
    text: '',
    from,
  }
}

/** An element and all that is inside, in the order of the document. */
export function* everyElement(element: XmlElement): Generator<XmlElement> {
  yield element
  for (const child of element.children) yield* everyElement(child)
}

export function childrenOf(element: XmlElement, namespace: string, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name && child.namespace === namespace)
}

/** The only child of that name. Undefined where there is none; throws where there are more. */
export function onlyChild(element: XmlElement, namespace: string, name: string): XmlElement | undefined {
  const [first, second] = childrenOf(element, namespace, name)
  if (second) throw new Error(`There are several ${name} in a ${element.name}`)
  return first
}

/** The text of an element that has nothing but text, without white space around it. */
export function textOf(element: XmlElement): string {
  if (element.children.length > 0) throw new Error(`There are elements in a ${element.name}`)
  return element.text.trim()
}

export const assertionNamespace = 'urn:oasis:names:tc:SAML:2.0:assertion'
export const protocolNamespace = 'urn:oasis:names:tc:SAML:2.0:protocol'
export const metadataNamespace = 'urn:oasis:names:tc:SAML:2.0:metadata'
export const signatureNamespace = 'http://www.w3.org/2000/09/xmldsig#'
