import type { Browser } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { keepOpen } from '../harness/keep-open.js'
import { openChromium } from '../harness/open-chromium.js'
import { everything } from '../harness/running-gateway.js'
import { administrator, goodPassword } from '../identity/person.js'
import { pkce } from './oauth-client.js'
import { startWorld, type World } from './world.js'

const labels = {
  acme: 'Acme Ltd',
  globex: 'Globex Gesellschaft für internationale Handels- und Beteiligungsgeschäfte mbH & Co. KG',
  initech: 'Initech',
}

let world: World
let browser: Browser
// The browser goes first, with its connections.
afterAll(() => world?.close())
keepOpen(openChromium, async (opened) => {
  browser = opened
  const tenant = (label: string) => ({ label, roles: { everyone: everything }, mcp: { default: {} } })
  const tenants = Object.fromEntries(Object.entries(labels).map(([name, label]) => [name, tenant(label)]))
  world = await startWorld({ tenants })
  const root = await administrator(world.gateway)
  const ann = { name: 'ann', password: goodPassword, roles: ['analyst'], attributes: { country: 'DE' } }
  const user = await root.post('/api/v2/system/users', ann)
  const listed = await root.get('/api/v2/system/tenants')
  for (const { id } of listed.body.resource) {
    const membership = { user_id: user.body.id, tenant_id: id, roles: ['everyone'] }
    const made = await root.post('/api/v2/system/memberships', membership)
    if (made.status !== 200) throw new Error(made.text)
  }
})

/** A folder for pictures, for whoever wants to look. */
const pictures = process.env.TEST_PICTURES

describe.each([
  ['a desk', 1280, 900],
  ['a phone', 360, 740],
] as const)('at %s', (place, width, height) => {
  it.each(['light', 'dark'] as const)(
    'a person chooses one of several organisations, without JavaScript, in %s',
    async (colorScheme) => {
      const redirectUri = `${world.url.replace('localhost', '127.0.0.1')}/nothing-here`
      const client = await world.register({ client_name: 'Claude', redirect_uris: [redirectUri] })
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: client,
        redirect_uri: redirectUri,
        state: 'st & <b>"more"</b>',
        code_challenge: pkce().challenge,
        code_challenge_method: 'S256',
        resource: `${world.url}/mcp`,
      })
      const context = await browser.newContext({ viewport: { width, height }, javaScriptEnabled: false, colorScheme })
      const page = await context.newPage()
      const errors: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error' && !/status of 40[14]/.test(message.text())) errors.push(message.text())
      })
      const seen = async (name: string) => {
        expect(await page.locator('html').evaluate((html) => html.scrollWidth)).toBeLessThanOrEqual(width)
        if (pictures === undefined) return
        await page.screenshot({ path: `${pictures}/${name}-${place}-${colorScheme}.png`, fullPage: true })
      }
      await page.goto(`${world.url}/mcp/default/authorize?${query}`)
      await page.getByLabel('User name or email').fill('ann')
      await page.getByLabel('Password').fill(goodPassword)
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Choose an organisation' }).waitFor()
      expect(await page.getByRole('radio').count()).toBe(4)
      // Nothing is chosen for the person.
      expect(await page.getByRole('radio', { checked: true }).count()).toBe(0)
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByRole('heading', { name: 'Choose an organisation' }).waitFor()
      await page.getByLabel(labels.globex).check()
      await seen('organisations')
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByRole('heading', { name: 'Allow Claude to act for you?' }).waitFor()
      expect(await page.locator('main').textContent()).toContain(labels.globex)
      await seen('chosen')
      await page.getByRole('link', { name: 'Change' }).click()
      await page.getByRole('button', { name: 'Sign in as someone else' }).click()
      await page.getByLabel('User name or email').fill('ann')
      await page.getByLabel('Password').fill(goodPassword)
      await page.keyboard.press('Enter')
      await page.getByLabel(labels.acme).check()
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: 'Allow' }).click()
      await page.waitForURL(/nothing-here\?code=/)
      expect(new URL(page.url()).searchParams.get('state')).toBe('st & <b>"more"</b>')
      expect(errors).toEqual([])
      await context.close()
    },
  )
})
