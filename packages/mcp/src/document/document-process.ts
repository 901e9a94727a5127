import type { Job, Outcome } from './document-reader.js'
import { officeText } from './office-text.js'
import { pdfText } from './pdf-text.js'

/*
 * The process of one document. Whatever goes wrong in here ends with it: the parent waits for one message, for so long.
 */
process.once('message', async (job: Job) => {
  const outcome = await textOf(job)
  process.send?.(outcome)
})

async function textOf({ kind, bytes }: Job): Promise<Outcome> {
  try {
    return { text: kind === 'pdf' ? await pdfText(bytes) : await officeText(kind, Buffer.from(bytes)) }
  } catch {
    return { failed: true }
  }
}
