import { access } from 'node:fs/promises'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApiDocument } from './openapi/document.js'
import { operationsOf } from './testing/operations.js'
import { service, timing } from './testing/pipeline.js'
import { startServer, type TestServer } from './testing/server.js'

let ready = true
let server: TestServer
beforeAll(async () => {
  server = await startServer({
    health: { live: () => true, ready: () => Promise.resolve(ready) },
    metrics: () => Promise.resolve('up 1\n'),
  })
  server.pipeline.answer = ({ operation, input }) => ({
    kind: 'json',
    value: operation === 'get_api_spec' ? openApiDocument([{ service, operations: operationsOf() }]) : input,
    timing,
  })
})
afterAll(() => server.close())

describe('pages and probes', () => {
  it('answer probes', async () => {
    expect((await server.ask('/health/live')).json()).toEqual({ status: 'ok' })
    expect((await server.ask('/health/ready')).status).toBe(200)
    ready = false
    expect((await server.ask('/health/ready')).status).toBe(503)
    ready = true
    const metrics = await server.ask('/metrics')
    expect([metrics.text, metrics.headers['content-type']]).toEqual([
      'up 1\n',
      'text/plain; version=0.0.4; charset=utf-8',
    ])
  })

  it('come with a strict policy and nothing from elsewhere', async () => {
    for (const path of ['/', '/docs/', '/docs/page.js', '/docs/page.css', '/docs/swagger-ui/swagger-ui-bundle.js']) {
      const page = await server.ask(path, { anonymous: true })
      expect(page.status, path).toBe(200)
      expect(page.headers['content-security-policy']).toContain(
        "default-src 'none'; script-src 'self'; style-src 'self';",
      )
      if (!path.includes('swagger-ui'))
        expect(page.text.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\//)
    }
    expect((await server.ask('/docs')).headers.location).toBe('/docs/')
  })

  it('give away no other files', async () => {
    for (const path of [
      '/docs/../package.json',
      '/docs/%2e%2e/%2e%2e/package.json',
      '/docs/..%2findex.html',
      '/docs/%00',
      '/%zz',
      '/nothing',
    ]) {
      const { status, text } = await server.ask(path)
      expect(status, path).toBe(404)
      expect(text).toContain('"not_found"')
    }
  })
})

const executablePath = process.env.TEST_CHROMIUM ?? '/usr/bin/chromium'
const missing = await access(executablePath).then(
  () => false,
  () => true,
)

describe.skipIf(missing)(`the documentation in a browser${missing ? ` (skipped: no ${executablePath})` : ''}`, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  })
  afterAll(() => browser.close())

  it('asks for a key, lists what it may do, and tries it out, all without the internet', async () => {
    const page = await browser.newPage()
    const outside: string[] = []
    const problems: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) outside.push(request.url())
    })
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('401')) problems.push(message.text())
    })

    await page.goto(`${server.url}/docs`)
    await page.fill('#key', 'bad')
    await page.click('#authorize')
    await page.waitForSelector('#message.bad')
    await page.fill('#key', 'good')
    await page.click('#authorize')
    await page.waitForSelector('.opblock-tag')
    expect(await page.locator('#service option').allTextContents()).toEqual(['Shop (shop)', 'All services'])

    await page.click('h3.opblock-tag:has-text("shop: orders")')
    await page.click('.opblock-get:has-text("/shop/_table/orders/{id}") .opblock-summary-control')
    await page.fill('.opblock.is-open input[placeholder^="id"]', '7')
    await page.click('.opblock.is-open .execute')
    await page.waitForSelector('.opblock.is-open .live-responses-table .highlight-code')
    expect(server.pipeline.calls.at(-1)).toMatchObject({
      operation: 'get_record',
      credentials: { bearer: 'good' },
      input: { table_name: 'orders', id: '7' },
    })

    await page.selectOption('#service', '')
    await page.waitForSelector('.title:has-text("Shop")')
    await page.reload()
    await page.waitForSelector('.opblock-tag')
    await page.click('#sign-out')
    await page.waitForSelector('#message:has-text("Enter your API key")')
    expect({ outside, problems }).toEqual({ outside: [], problems: [] })
  })
})
