import { getDocumentProxy } from 'unpdf'
import { TextSink } from './text-sink.js'

/** The text of a PDF, page by page. Throws for what is none, or is locked by a password. */
export async function pdfText(bytes: Uint8Array): Promise<string> {
  const document = await getDocumentProxy(new Uint8Array(bytes))
  const sink = new TextSink()
  for (let number = 1; number <= document.numPages && !sink.full; number++) {
    const page = await document.getPage(number)
    const { items } = await page.getTextContent()
    if (document.numPages > 1) sink.add(`${number === 1 ? '' : '\n'}[page ${number} of ${document.numPages}]\n`)
    for (const item of items) {
      if (!('str' in item)) continue
      sink.add(item.hasEOL ? `${item.str}\n` : item.str)
    }
    sink.add('\n')
    page.cleanup()
  }
  return sink.text
}
