import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { keepOpen } from '../harness/keep-open.js'
import { openChromium } from '../harness/open-chromium.js'
import { type SampleGateway, startSampleGateway } from '../harness/sample-gateway.js'

let gateway: SampleGateway
let browser: Browser
let folder = ''
// The browser goes first, with its connections.
afterAll(async () => {
  await gateway?.close()
  if (folder !== '') await rm(folder, { recursive: true, force: true })
})
keepOpen(openChromium, async (opened) => {
  browser = opened
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-docs-'))
  gateway = await startSampleGateway()
})

interface Visit {
  readonly page: Page
  /** Everything that was asked of a host, and everything that went wrong in the page. */
  readonly requests: readonly URL[]
  readonly errors: readonly string[]
}

async function visit(width: number, height: number): Promise<Visit> {
  const page = await browser.newPage({ viewport: { width, height } })
  const requests: URL[] = []
  const errors: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) requests.push(new URL(request.url()))
  })
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  await page.goto(`${gateway.url}/docs`)
  return { page, requests, errors }
}

async function signIn(page: Page, key: string): Promise<void> {
  await page.fill('#key', key)
  await page.click('#authorize')
}

const screens = [
  ['a desk', 1280, 900],
  ['a phone', 390, 844],
] as const

describe('Swagger UI in a real browser', () => {
  it.each(screens)('shows a service and tries a call out, on %s', async (name, width, height) => {
    const { page, requests, errors } = await visit(width, height)
    await signIn(page, gateway.key('demo'))
    await page.selectOption('#service', 'salesdb')
    await page.locator('h3.opblock-tag', { hasText: 'salesdb: customers' }).click()

    const operation = page.locator('.opblock', { has: page.locator('[data-path="/salesdb/_table/customers"]') }).first()
    await operation.locator('.opblock-summary-control').click()
    await operation.locator('tr[data-param-name="limit"] input').fill('2')
    await operation.locator('button.execute').click()
    const answer = operation.locator('.live-responses-table .response').first()
    expect(await answer.locator('.response-col_status').textContent()).toMatch(/^200/)
    const shown = JSON.parse((await answer.locator('.highlight-code code').first().textContent()) || '{}')
    expect(shown.resource).toHaveLength(2)
    for (const customer of shown.resource) {
      expect(customer).toMatchObject({ country: 'DE', email: expect.stringMatching(/^.\*+@/) })
      expect(customer).not.toHaveProperty('ssn')
    }
    expect(await operation.locator('.request-url').textContent()).toContain('/_table/customers?limit=2')

    await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
    const wide = await page.evaluate('document.documentElement.scrollWidth')
    expect(wide, 'nothing reaches beyond the screen').toBe(width)
    const narrow = page.locator('.opblock-tag small')
    for (const box of await Promise.all((await narrow.all()).map((small) => small.boundingBox()))) {
      expect(box?.width, 'descriptions have room for their words').toBeGreaterThan(100)
    }
    expect(errors).toEqual([])
    expect([...new Set(requests.map(({ host }) => host))]).toEqual([new URL(gateway.url).host])
    await page.close()
  })

  it('shows records before schemas, and what the role may use only', async () => {
    const { page } = await visit(1280, 900)
    await signIn(page, gateway.key('demo'))
    await page.selectOption('#service', 'salesdb')
    const tags = page.locator('h3.opblock-tag')
    await tags.filter({ hasText: 'salesdb: orders' }).click()
    expect(await tags.allTextContents()).not.toContainEqual(expect.stringContaining('payroll'))
    expect(await page.locator('#picker option').allTextContents()).toEqual([
      'Documents (documents)',
      'Sales (salesdb)',
      'All services',
    ])
    const paths = await page
      .locator('.opblock .opblock-summary-path')
      .evaluateAll((all) => all.map((one) => `${one.getAttribute('data-path')}`))
    expect(paths[0]).toBe('/salesdb/_table/orders')
    expect(paths.at(-1)).toContain('/_schema/')
    expect(await page.locator('.opblock-delete, .opblock-patch, .opblock-put').count()).toBe(0)
    await page.close()
  })

  it('signs a person in, whose session then opens what they may do', async () => {
    const { page, errors } = await visit(1280, 900)
    await signIn(page, gateway.key('demo'))
    await page.selectOption('#service', { label: 'All services' })
    await page.locator('h3.opblock-tag[data-tag="user"]').click()
    const route = (method: string, path: string) =>
      page.locator(`.opblock-${method}`, { has: page.locator(`[data-path="${path}"]`) })
    const execute = async (method: string, path: string, body?: object) => {
      const operation = route(method, path)
      await operation.locator('.opblock-summary-control').click()
      if (body) await operation.locator('textarea.body-param__text').fill(JSON.stringify(body))
      await operation.locator('button.execute').click()
      const answer = operation.locator('.live-responses-table .response').first()
      expect(await answer.locator('.response-col_status').textContent()).toMatch(/^200/)
      return JSON.parse((await answer.locator('.highlight-code code').first().textContent()) || '{}')
    }
    const [made] = gateway.users
    const session = await execute('post', '/user/session', { user: made?.name, password: made?.password })
    await signIn(page, session.session_token)
    await page.locator('#service option', { hasText: 'system' }).waitFor({ state: 'attached' })
    await page.selectOption('#service', { label: 'All services' })
    await page.locator('h3.opblock-tag[data-tag="user"]').click()
    expect(await execute('get', '/user/profile')).toMatchObject({ name: made?.name, is_sys_admin: true })
    expect(errors).toEqual([])
    await page.close()
  })

  it('says so when the key is wrong, and keeps the right one for the tab only', async () => {
    const { page } = await visit(390, 844)
    await signIn(page, 'no-such-key')
    await page.locator('#message.bad').waitFor()
    expect(await page.locator('#message').textContent()).not.toBe('')
    await signIn(page, gateway.key('admin'))
    await page.locator('h3.opblock-tag').first().waitFor()
    await page.reload()
    await page.locator('h3.opblock-tag').first().waitFor()
    await page.click('#sign-out')
    await page.locator('#sign-out').waitFor({ state: 'hidden' })
    expect(await page.locator('h3.opblock-tag').count()).toBe(0)
    await page.close()
  })
})
