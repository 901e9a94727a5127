import { pkce, postForm, postJson } from '../oauth/oauth-client.js'

/** One authorization of an MCP client at the default endpoint: registered, and about to ask. */
export async function openMcpFlow(url: string) {
  const redirect = 'http://127.0.0.1:53682/callback'
  const { body: client } = await postJson(`${url}/mcp/default/register`, {
    redirect_uris: [redirect],
    token_endpoint_auth_method: 'none',
  })
  const { verifier, challenge } = pkce()
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: redirect,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    scope: 'shop:read',
    resource: `${url}/mcp`,
  })
  const token = (fields: Readonly<Record<string, string>>) =>
    postForm(`${url}/mcp/default/token`, { client_id: client.client_id, ...fields })
  return {
    redirect,
    /** Where the browser starts. */
    authorize: `${url}/mcp/default/authorize?${query}`,
    /** Tokens for the code in the address that the browser was sent back to. */
    exchange: (back: string) =>
      token({
        grant_type: 'authorization_code',
        redirect_uri: redirect,
        code: new URL(back).searchParams.get('code') ?? '',
        code_verifier: verifier,
      }),
    refresh: (refreshToken: string) => token({ grant_type: 'refresh_token', refresh_token: refreshToken }),
  }
}
