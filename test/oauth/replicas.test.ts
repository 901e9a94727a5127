import { expect } from 'vitest'
import type { RunningGateway } from '../harness/running-gateway.js'
import { administrator, goodPassword } from '../identity/person.js'
import { onTwoGateways } from '../identity/two-gateways.js'
import { agree, createBrowser } from './browser.js'
import { callTool, pkce, postForm, postJson, rpc } from './oauth-client.js'
import { callback } from './world.js'

onTwoGateways('know each other’s clients, codes, tokens and revocations', async ({ one, two, eventually }) => {
  const admin = await administrator(one)
  const ann = { name: 'ann', password: goodPassword, roles: ['reader'], attributes: { team: 'a' } }
  const user = await admin.post('/api/v2/system/users', ann)
  expect(user.status, user.text).toBe(200)

  const registered = await postJson(`${one.url}/mcp/default/register`, {
    redirect_uris: [callback],
    token_endpoint_auth_method: 'none',
  })
  const client = registered.body.client_id
  const at = ({ url }: RunningGateway, name: string) => `${url}/mcp/default/${name}`
  const authorize = async () => {
    const { verifier, challenge } = pkce()
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: client,
      redirect_uri: callback,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })
    const back = await agree(createBrowser(one.url), `${at(one, 'authorize')}?${query}`, {
      user: 'ann',
      password: goodPassword,
    })
    const code = back.searchParams.get('code') ?? ''
    return { grant_type: 'authorization_code', client_id: client, code, code_verifier: verifier }
  }
  const refresh = (gateway: RunningGateway, token: string) =>
    postForm(at(gateway, 'token'), { grant_type: 'refresh_token', client_id: client, refresh_token: token })
  const works = async (gateway: RunningGateway, token: string) =>
    (await rpc(`${gateway.url}/mcp`, token, 'tools/list')).status
  const notes = async (gateway: RunningGateway, token: string) => {
    const answer = await callTool(`${gateway.url}/mcp`, token, 'shop_get_table_data', { table_name: 'notes' })
    return answer.body.result?.content?.[0]?.text ?? answer.status
  }

  // Agreed to on one, redeemed on the other, good on both, with the user's own rows.
  const fields = await authorize()
  const tokens = await postForm(at(two, 'token'), fields)
  expect(tokens.status, JSON.stringify(tokens.body)).toBe(200)
  const { access_token: access, refresh_token: first } = tokens.body
  expect([await works(one, access), await works(two, access)]).toEqual([200, 200])
  expect(await notes(one, access)).toContain('"rows":1')

  // What changes of the person holds on both, also for a token that is out already.
  const path = `/api/v2/system/users/${user.body.id}`
  await admin.send('PATCH', path, { attributes: { team: 'b' } })
  await eventually(() => notes(two, access)).toContain('"rows":2')
  await eventually(() => notes(one, access)).toContain('"rows":2')

  // Refreshed on one, used again on the other: all of it ends, on both.
  const second = await refresh(one, first)
  expect(await works(two, second.body.access_token)).toBe(200)
  expect((await refresh(two, first)).body.error).toBe('invalid_grant')
  await eventually(() => works(one, second.body.access_token)).toBe(401)
  await eventually(() => works(two, second.body.access_token)).toBe(401)

  // Revoked on one.
  const third = await postForm(at(one, 'token'), await authorize())
  expect([await works(one, third.body.access_token), await works(two, third.body.access_token)]).toEqual([200, 200])
  await postForm(at(one, 'revoke'), { token: third.body.refresh_token, client_id: client })
  await eventually(() => works(two, third.body.access_token)).toBe(401)

  // A code that both are asked to redeem at once is redeemed by one of them.
  const both = await authorize()
  const answers = await Promise.all([one, two, one, two].map((gateway) => postForm(at(gateway, 'token'), both)))
  expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1)

  // A person who may not sign in any more.
  const last = await postForm(at(one, 'token'), await authorize())
  expect(await works(two, last.body.access_token)).toBe(200)
  await admin.send('PATCH', path, { active: false })
  await eventually(() => works(two, last.body.access_token)).toBe(401)
  expect((await refresh(two, last.body.refresh_token)).body.error).toBe('invalid_grant')
})
