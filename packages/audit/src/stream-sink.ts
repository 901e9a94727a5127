import type { Writable } from 'node:stream'
import type { AuditSink } from '@gatehouse/core'
import { printLine } from './json-lines.js'

/** Writes JSON lines to a stream such as standard output, for a collector. Durable is what the reader makes of it. */
export function createStreamSink(stream: Writable): AuditSink {
  return {
    name: 'stream',
    append: (events) =>
      new Promise((resolve, reject) => {
        stream.write(events.map(printLine).join(''), (failed) => (failed ? reject(failed) : resolve()))
      }),
  }
}
