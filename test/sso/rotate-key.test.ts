import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqliteDatabase } from '@gatehouse/connectors/testing'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'
import { runCli, spawnCli } from '../cli/run-cli.js'
import { signed, startRogueIssuer } from './rogue-issuer.js'
import { sessionOf } from './session-of.js'
import { createWebBrowser } from './web-browser.js'

it('rotate-key seals refresh tokens of providers anew, while the service uses them', { timeout: 240_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-rotate-'))
  const issuer = await startRogueIssuer()
  try {
    await mkdir(join(folder, 'data'))
    const corp = { type: 'oidc', issuer: issuer.issuer, client_id: 'gatehouse', allow_http: true }
    await writeFile(
      join(folder, 'gatehouse.yaml'),
      stringify({
        store: { url: 'sqlite:./data/gatehouse.db' },
        sign_in: { providers: { corp } },
        services: {},
        log: { level: 'error' },
      }),
    )
    const gateway = spawnCli(['start', '--port', '0'], folder)
    const url = /REST +(http\S+)\/api\/v2/.exec(await gateway.printed('For an MCP client'))?.[1] ?? ''
    const browser = createWebBrowser()
    browser.stopAt = ({ origin }) => origin === issuer.issuer
    const to = new URL((await browser.open(`${url}/api/v2/user/session?provider=corp`)).url)
    const nonce = to.searchParams.get('nonce')
    issuer.idToken = (request) => signed(issuer, request.get('grant_type') === 'refresh_token' ? {} : { nonce })
    const query = new URLSearchParams({ code: 'x', state: to.searchParams.get('state') ?? '', iss: issuer.issuer })
    const page = await browser.open(`${url}/api/v2/user/session/corp/callback?${query}`)
    expect(page.status, page.text).toBe(200)

    const kept = () => {
      const store = new SqliteDatabase(join(folder, 'data', 'gatehouse.db'), { readonly: true })
      const rows = store.prepare('SELECT renewal FROM users WHERE renewal IS NOT NULL').all() as { renewal: string }[]
      store.close()
      return rows.map(({ renewal }) => renewal)
    }
    const before = kept()
    expect(before).toEqual([expect.stringMatching(/^v2\./)])
    const rotated = await runCli(['rotate-key'], folder)
    expect(rotated.out).toContain('1 secret is sealed with the new key')
    const after = kept()
    expect(after[0]?.split('.')[1]).not.toBe(before[0]?.split('.')[1])

    const person = sessionOf(url, page)
    expect((await person.send('PUT', '/api/v2/user/session')).status).toBe(200)
    expect(issuer.asked?.get('refresh_token')).toBe('a refresh token')
    gateway.child.kill('SIGTERM')
    await gateway.ended
  } finally {
    await issuer.close()
    await rm(folder, { recursive: true, force: true })
  }
})
