import type { Browser, Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { keepOpen } from '../harness/keep-open.js'
import { openChromium } from '../harness/open-chromium.js'
import { pkce } from './oauth-client.js'
import { startWorld, type World } from './world.js'

let world: World
let browser: Browser
// The browser goes first, with its connections.
afterAll(() => world?.close())
keepOpen(openChromium, async (opened) => {
  browser = opened
  world = await startWorld()
})

const screens = [
  ['a desk', 1280, 900],
  ['a phone', 360, 740],
] as const

/** A folder for pictures, for whoever wants to look. */
const pictures = process.env.TEST_PICTURES

async function picture(page: Page, name: string) {
  if (pictures !== undefined) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true })
}

function addressFor(client: string, redirectUri: string) {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client,
    redirect_uri: redirectUri,
    state: 'st',
    code_challenge: pkce().challenge,
    code_challenge_method: 'S256',
    resource: `${world.url}/mcp/sales`,
  })
  return `${world.url}/mcp/default/authorize?${query}`
}

describe.each(screens)('at %s', (place, width, height) => {
  it.each(['light', 'dark'] as const)(
    'a person signs in and decides, without JavaScript, in %s',
    async (colorScheme) => {
      // A program on this device: it only notes what comes back.
      const redirectUri = `${world.url.replace('localhost', '127.0.0.1')}/nothing-here`
      const client = await world.register({ client_name: 'Claude', redirect_uris: [redirectUri] })
      const context = await browser.newContext({ viewport: { width, height }, javaScriptEnabled: false, colorScheme })
      const page = await context.newPage()
      const errors: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error' && !/status of 40[14]/.test(message.text())) errors.push(message.text())
      })
      const fits = async () => {
        const wide = await page
          .locator('html')
          .evaluate((html) => html.scrollWidth)
          .catch(() => undefined)
        if (wide !== undefined) expect(wide).toBeLessThanOrEqual(width)
      }
      await page.goto(addressFor(client, redirectUri))
      await fits()
      await picture(page, `login-${place}-${colorScheme}`)
      await page.getByLabel('User name or email').fill(world.account.user)
      await page.getByLabel('Password').fill('not this one')
      await page.getByRole('button', { name: 'Sign in' }).click()
      expect(await page.getByRole('alert').textContent()).toContain('do not fit together')
      expect(await page.getByLabel('User name or email').inputValue()).toBe(world.account.user)
      await picture(page, `refused-${place}-${colorScheme}`)
      await page.getByLabel('Password').fill(world.account.password)
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Allow Claude to act for you?' }).waitFor()
      const text = (await page.locator('main').textContent()) ?? ''
      for (const shown of [
        'Claude',
        'a program on this device',
        world.account.user,
        'localhost',
        `${world.url}/mcp/sales`,
        'salesdb',
      ]) {
        expect(text).toContain(shown)
      }
      await fits()
      await picture(page, `consent-${place}-${colorScheme}`)
      const write = page.getByLabel('Add, change and delete')
      expect(await write.isChecked()).toBe(true)
      await write.uncheck()
      await page.getByRole('button', { name: 'Allow' }).click()
      await page.waitForURL(/nothing-here\?code=/)
      expect(errors).toEqual([])
      await context.close()
    },
  )
})

it('lets a person be somebody else, and shows what cannot be done', async () => {
  const redirectUri = 'http://127.0.0.1:1/callback'
  const client = await world.register({ redirect_uris: [redirectUri] })
  const context = await browser.newContext({ viewport: { width: 360, height: 740 } })
  const page = await context.newPage()
  await page.goto(addressFor(client, redirectUri))
  await page.getByLabel('User name or email').fill(world.account.user)
  await page.getByLabel('Password').fill(world.account.password)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Sign in as someone else' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await page.goto(addressFor('nobody', redirectUri))
  await page.getByRole('heading', { name: 'This did not work' }).waitFor()
  await picture(page, 'error')
  await context.close()
})
