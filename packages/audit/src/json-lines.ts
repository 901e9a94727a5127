import type { ChainedEvent, StoredEvent } from '@gatehouse/core'

/** One line of a file: the event stands last, as the exact text that was hashed. */
export function printLine({ chain, seq, previous_hash, hash, seal, event }: ChainedEvent): string {
  const sealed = seal === undefined ? '' : `,"seal":"${seal}"`
  return `{"chain":"${chain}","seq":${seq},"previous_hash":"${previous_hash}","hash":"${hash}"${sealed},"event":${event}}\n`
}

const form =
  /^\{"chain":"([\w-]{1,100})","seq":(\d{1,15}),"previous_hash":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"(?:,"seal":"([0-9a-f]{64})")?,"event":(\{.*\})\}$/

/** The event of a line, or undefined for a line that is not whole: what a crash or a full disk leaves of one. */
export function parseLine(line: string): StoredEvent | undefined {
  const [whole, chain, seq, previous_hash, hash, seal, event] = form.exec(line) ?? []
  if (whole === undefined || !chain || !previous_hash || !hash || !event) return undefined
  return { chain, seq: Number(seq), previous_hash, hash, event, ...(seal !== undefined && { seal }) }
}
