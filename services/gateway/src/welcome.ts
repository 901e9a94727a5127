import { defaultTenant } from '@gatehouse/access'
import type { Made } from './installation.js'
import type { Gateway } from './open-gateway.js'

/** What the start prints: where to look, a call to paste, and the keys that were made just now. */
export function welcome({ url, made, service }: Pick<Gateway, 'url' | 'made' | 'service'>): string {
  const demo = made.keys[0]
  const key = demo?.text ?? '$GATEHOUSE_KEY_TEXT'
  const client = { mcpServers: { gatehouse: { type: 'http', url: `${url}/mcp`, headers: { 'X-API-Key': key } } } }
  const lines = [
    '',
    'Gatehouse is ready.',
    '',
    `  Swagger UI  ${url}/docs`,
    `  REST        ${url}/api/v2`,
    `  MCP         ${url}/mcp`,
    '',
  ]
  for (const line of madeLines(made)) lines.push(`  ${line}`)
  if (!demo) lines.push('  Keys were shown when they were made. To make one anew: npm start -- --new-key demo')
  if (service !== undefined) {
    lines.push(
      '',
      'Try it:',
      '',
      `  curl -s -H "X-API-Key: ${key}" "${url}/api/v2/${service.name}/_table/${encodeURIComponent(service.table)}?limit=3"`,
    )
  }
  lines.push('', 'For an MCP client:', '', `  ${JSON.stringify(client)}`, '', '')
  return lines.join('\n')
}

/** Keys and administrators that were made just now. */
export function madeLines({ keys, users, clients }: Made): readonly string[] {
  return [
    ...keys.map(({ name, text }) => `Key "${name}" (shown only now): ${text}`),
    ...users.map(({ tenant, name, password }) => {
      const whose = tenant === defaultTenant ? '' : ` of ${tenant}`
      return `Administrator "${name}"${whose}, password (shown only now): ${password}`
    }),
    ...clients.map(({ id, secret }) => `OAuth client "${id}", secret (shown only now): ${secret}`),
  ]
}
