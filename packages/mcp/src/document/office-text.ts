import { StringDecoder } from 'node:string_decoder'
import sax from 'sax'
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl'
import type { DocumentKind } from './document-kind.js'
import { TextSink } from './text-sink.js'

/** Bytes of XML that are unpacked of one document, all parts together. */
const mostUnpacked = 100 * 1024 * 1024
const mostParts = 20_000

/** The parts of an office document by their names, which are XML files in a zip. */
interface Parts {
  readonly names: readonly string[]
  /** Calls back for what is in a part, until the handlers want no more. */
  read(name: string, handlers: Handlers): Promise<void>
}

interface Handlers {
  open?(name: string, attributes: Readonly<Record<string, string>>): void
  text?(text: string): void
  close?(name: string): void
  /** True: the rest of the part is of no interest. */
  enough?(): boolean
}

/** The text of a document, a presentation or a workbook. Throws for what is none. */
export async function officeText(kind: Exclude<DocumentKind, 'pdf'>, bytes: Buffer): Promise<string> {
  const parts = await openParts(bytes)
  const sink = new TextSink()
  if (kind === 'docx') await paragraphs(parts, ['word/document.xml'], sink)
  else if (kind === 'pptx') await slides(parts, sink)
  else await sheets(parts, sink)
  return sink.text
}

async function openParts(bytes: Buffer): Promise<Parts> {
  const zip = await fromBufferPromise(bytes)
  const entries = new Map<string, Entry>()
  for await (const entry of zip.eachEntry()) {
    entries.set(entry.fileName, entry)
    if (entries.size > mostParts) throw new Error('Too many parts')
  }
  let unpacked = 0
  return {
    names: [...entries.keys()],
    async read(name, handlers) {
      const entry = entries.get(name)
      if (!entry) return
      unpacked += entry.uncompressedSize
      if (unpacked > mostUnpacked) throw new Error('Too large when unpacked')
      await parse(zip, entry, handlers)
    },
  }
}

/** Entities of a document type are not known to the parser, so that none can grow. */
async function parse(zip: ZipFile, entry: Entry, handlers: Handlers): Promise<void> {
  const parser = sax.parser(true, {})
  const decoder = new StringDecoder('utf8')
  parser.onopentag = ({ name, attributes }) => handlers.open?.(localName(name), attributes as Record<string, string>)
  parser.ontext = (text) => handlers.text?.(text)
  parser.oncdata = (text) => handlers.text?.(text)
  parser.onclosetag = (name) => handlers.close?.(localName(name))
  parser.onerror = (error) => {
    throw error
  }
  const stream = await zip.openReadStreamPromise(entry)
  for await (const chunk of stream) {
    parser.write(decoder.write(chunk as Buffer))
    if (handlers.enough?.()) return
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

/** Paragraphs as lines; cells of a table with tabs between them. */
async function paragraphs(parts: Parts, names: readonly string[], sink: TextSink): Promise<void> {
  for (const name of names) {
    let inside = false
    await parts.read(name, {
      open(tag) {
        if (tag === 't') inside = true
        else if (tag === 'tab') sink.add('\t')
        else if (tag === 'br' || tag === 'cr') sink.add('\n')
      },
      text: (text) => {
        if (inside) sink.add(text)
      },
      close(tag) {
        if (tag === 't') inside = false
        else if (tag === 'p' || tag === 'tr') sink.add('\n')
        else if (tag === 'tc') sink.add('\t')
      },
      enough: () => sink.full,
    })
  }
}

async function slides(parts: Parts, sink: TextSink): Promise<void> {
  const numbers = parts.names
    .flatMap((name) => /^ppt\/slides\/slide(\d+)\.xml$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
  for (const number of numbers) {
    sink.add(`[slide ${number}]\n`)
    await paragraphs(parts, [`ppt/slides/slide${number}.xml`], sink)
    if (sink.full) return
  }
}

async function sheets(parts: Parts, sink: TextSink): Promise<void> {
  const shared = await sharedStrings(parts)
  const titles: string[] = []
  await parts.read('xl/workbook.xml', {
    open(tag, attributes) {
      if (tag === 'sheet') titles.push(attributes.name ?? '')
    },
  })
  const numbers = parts.names
    .flatMap((name) => /^xl\/worksheets\/sheet(\d+)\.xml$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
  for (const [i, number] of numbers.entries()) {
    sink.add(`[sheet ${titles[i] ?? number}]\n`)
    await rows(parts, `xl/worksheets/sheet${number}.xml`, shared, sink)
    if (sink.full) return
  }
}

/** Texts are written once in a workbook, and cells name them by number. */
async function sharedStrings(parts: Parts): Promise<readonly string[]> {
  const strings: string[] = []
  let inside = false
  let text = ''
  await parts.read('xl/sharedStrings.xml', {
    open(tag) {
      if (tag === 'si') text = ''
      else if (tag === 't') inside = true
    },
    text: (part) => {
      if (inside) text += part
    },
    close(tag) {
      if (tag === 't') inside = false
      else if (tag === 'si') strings.push(text)
    },
  })
  return strings
}

/** Rows as lines, cells with tabs between them. */
async function rows(parts: Parts, name: string, shared: readonly string[], sink: TextSink): Promise<void> {
  let type = ''
  let value = ''
  let inside = false
  let cells: string[] = []
  await parts.read(name, {
    open(tag, attributes) {
      if (tag === 'row') cells = []
      else if (tag === 'c') {
        type = attributes.t ?? ''
        value = ''
      } else if (tag === 'v' || tag === 't') inside = true
    },
    text: (part) => {
      if (inside) value += part
    },
    close(tag) {
      if (tag === 'v' || tag === 't') inside = false
      else if (tag === 'c') cells.push(type === 's' ? (shared[Number(value)] ?? '') : value)
      else if (tag === 'row' && cells.length > 0) sink.add(`${cells.join('\t')}\n`)
    },
    enough: () => sink.full,
  })
}
