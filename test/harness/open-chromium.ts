import { type Browser, chromium } from 'playwright-core'
import { program } from '../servers/apt.mjs'
import type { Opener } from './keep-open.js'

// Before any test begins, since to fetch it may take longer than a hook may.
const found = await program('chromium', 'chromium')

/** A browser as people have it. */
export const openChromium: Opener<Browser> = {
  name: 'Chromium',
  async open() {
    if ('skipped' in found) return found
    return chromium.launch({ executablePath: found.path, args: ['--no-sandbox', '--disable-background-networking'] })
  },
}
