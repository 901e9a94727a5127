import type { Gateway } from './open-gateway.js'

/** What the start prints: where to look, a call to paste, and the keys that were made just now. */
export function welcome({ url, madeKeys, service }: Pick<Gateway, 'url' | 'madeKeys' | 'service'>): string {
  const demo = madeKeys[0]
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
  for (const made of madeKeys) lines.push(`  Key "${made.name}" (shown only now): ${made.text}`)
  if (!demo) lines.push('  Keys were shown when they were made. To make one anew: npm start -- --new-key demo')
  if (service !== undefined) {
    lines.push(
      '',
      'Try it:',
      '',
      `  curl -s -H "X-API-Key: ${key}" "${url}/api/v2/${service.name}/_table/${service.table}?limit=3"`,
    )
  }
  lines.push('', 'For an MCP client:', '', `  ${JSON.stringify(client)}`, '', '')
  return lines.join('\n')
}
