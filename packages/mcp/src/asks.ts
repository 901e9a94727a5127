import { randomUUID } from 'node:crypto'
import type { JsonObject } from '@gatehouse/core'
import type { Message } from './message.js'

/** Requests of ours that a client has not answered yet, in the eras where a server may ask. */
export interface Asks {
  /** Sends a request and waits for its answer, for as long as `signal` lets it. */
  ask(principal: string, signal: AbortSignal, send: (id: string) => void): Promise<JsonObject>
  /** Takes an answer. One that nobody waits for, or of another principal, is ignored. */
  answer(principal: string, response: Extract<Message, { kind: 'response' }>): void
}

export function createAsks(): Asks {
  const waiting = new Map<string, { principal: string; settle(response: { result?: JsonObject }): void }>()
  return {
    ask: (principal, signal, send) =>
      new Promise((resolve, reject) => {
        const id = JSON.stringify(randomUUID())
        const give = () => {
          waiting.delete(id)
          reject(new Error('The client went away before it answered'))
        }
        // A signal tells of its end once only.
        if (signal.aborted) return give()
        signal.addEventListener('abort', give, { once: true })
        waiting.set(id, {
          principal,
          settle: ({ result }) => {
            signal.removeEventListener('abort', give)
            waiting.delete(id)
            if (result) resolve(result)
            else reject(new Error('The client refused to answer'))
          },
        })
        send(id)
      }),
    answer: (principal, response) => {
      const asked = waiting.get(response.id)
      if (asked?.principal === principal) asked.settle(response)
    },
  }
}
