import { expect } from 'vitest'
import { caller, type Person } from '../identity/person.js'
import type { WebPage } from './web-browser.js'

/** The person for whom a sign-in opened the session that this page shows. */
export function sessionOf(url: string, page: WebPage): Person {
  return caller(url, { authorization: `Bearer ${JSON.parse(page.text).session_token}` })
}

/** That the page shows a session of the provider's Anna, with the role of `staff` and the notes of her team. */
export async function expectAnna(url: string, page: WebPage): Promise<void> {
  expect(page.status, page.text).toBe(200)
  expect(JSON.parse(page.text)).toMatchObject({
    name: 'anna@corp',
    label: 'Anna A',
    email: 'anna@corp.example',
    provider: 'corp',
    roles: ['reader'],
    is_sys_admin: false,
  })
  const seen = await sessionOf(url, page).get('/api/v2/shop/_table/notes')
  expect(seen.body.resource.map(({ id }: { id: number }) => id)).toEqual([2, 3])
}
