import type { ChainedEvent } from '@gatehouse/core'

/** Few enough that a statement stays small: an event has some hundred bytes, and at most some ten thousand. */
const most = 500

/** Writes events a part at a time, in order. */
export async function inParts(
  events: readonly ChainedEvent[],
  write: (part: readonly ChainedEvent[]) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < events.length; from += most) await write(events.slice(from, from + most))
}
