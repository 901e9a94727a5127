import { afterAll, beforeAll, describe, test } from 'vitest'
import type { FileDriver } from '../driver.js'
import { never } from './calls.js'
import { checkConnections } from './check-connections.js'
import { checkFiles } from './check-files.js'
import type { Check, OpenStorage } from './open-storage.js'

/** What every driver of a storage behind a connection shows, on a real server. */
export function driverBody(name: string, open: () => Promise<OpenStorage | { readonly skipped: string }>): void {
  describe(name, () => {
    let storage: OpenStorage | undefined
    let driver: FileDriver
    let skipped = ''
    beforeAll(async () => {
      const opened = await open()
      if ('skipped' in opened) {
        skipped = opened.skipped
        return
      }
      storage = opened
      driver = opened.driver()
      await driver.probe(never)
    })
    afterAll(async () => {
      await driver?.close()
      await storage?.close()
    })
    const check: Check = (what, body, lacks = () => undefined) =>
      test(what, async ({ skip }) => {
        if (!storage) return skip(skipped)
        const reason = lacks(storage)
        if (reason) return skip(reason)
        await body(driver, storage)
      })
    checkFiles(check)
    checkConnections(check)
  })
}
