import { describe, expect, it } from 'vitest'
import type { DocumentShop } from './open-documents.js'

/** What takes too long is ended on the server, and so is what nobody waits for any more. */
export function deadlines(shop: DocumentShop): void {
  const running = async (): Promise<number> => {
    const admin = shop.documents.database.client.db('admin')
    const { inprog } = await admin.command({ currentOp: 1, $all: true })
    const own = inprog.filter((op: { command?: { aggregate?: unknown; $db?: unknown } }) => {
      return op.command?.aggregate === 'slow' && op.command.$db === shop.documents.database.databaseName
    })
    return own.length
  }
  const until = async (wanted: number) => {
    while ((await running()) !== wanted) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  describe('deadlines', () => {
    it('end a call with 504, and what it runs', async () => {
      const reply = await shop.as('hurried').get('/_table/slow')
      expect(reply.status, reply.text).toBe(504)
      await until(0)
    })

    it.each(['application/json', 'application/x-ndjson'])('end what a client left, of %s', async (accept) => {
      const abort = new AbortController()
      const url = `${shop.gateway.url}/api/v2/shop/_table/slow`
      const asked = fetch(url, { headers: { 'x-api-key': shop.gateway.key('admin'), accept }, signal: abort.signal })
      asked.catch(() => undefined)
      await until(1)
      abort.abort()
      await expect(asked).rejects.toThrow()
      await until(0)
    })
  })
}
