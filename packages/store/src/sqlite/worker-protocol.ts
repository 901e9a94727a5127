import type { ChainedEvent } from '@gatehouse/core'

export interface WorkerData {
  readonly path: string
  readonly pragmas: readonly string[]
  /** Nobody waits for it: the thread runs when the threads that answer callers leave time. */
  readonly inBackground: boolean
}

/** `lines`: events, one a line, their parts separated by tabs. One string is far cheaper to send than many objects. */
export interface AppendRequest {
  readonly id: number
  readonly lines: string
}

export interface AppendReply {
  readonly id: number
  /** The message of what went wrong; absent: all events are written. */
  readonly failed?: string
}

/** Neither tab nor line break occurs in the parts: JSON text has them escaped. */
export function printLines(events: readonly ChainedEvent[]): string {
  let lines = ''
  for (const { chain, seq, previous_hash, hash, seal = '', event } of events) {
    lines += `${lines === '' ? '' : '\n'}${chain}\t${seq}\t${previous_hash}\t${hash}\t${seal}\t${event}`
  }
  return lines
}

/** The parts of each line, in the order of the chain's columns. */
export function parseLines(lines: string): (string | number | null)[][] {
  return lines.split('\n').map((line) => {
    const [chain = '', seq = '', previous = '', hash = '', seal = '', event = ''] = line.split('\t')
    return [chain, Number(seq), previous, hash, seal === '' ? null : seal, event]
  })
}
