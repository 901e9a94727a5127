import { printJson } from '@gatehouse/core'
import { cacheHintText } from './cache-hints.js'
import { malformed } from './errors.js'
import type { Exchange } from './exchange.js'
import { fixtureDefinitions } from './fixture-calls.js'
import { currentSet } from './global-tool.js'
import { membersResult, type Parts } from './result.js'

/** `tools/list`: one page, since what would be longer is behind the facade. The text was made once for the role. */
export function listTools(exchange: Exchange): Parts {
  requireFirstPage(exchange)
  const { server, era } = exchange
  const extra = fixtureDefinitions(server.options.fixture?.tools()).map((tool) => printJson(tool))
  const { listText } = currentSet(exchange)
  const tools = extra.length === 0 ? listText : joined(listText, extra)
  return membersResult(server.envelopes.complete(era), `${tools}${cacheHintText(era)}`)
}

function joined(listText: string, extra: readonly string[]): string {
  const open = listText.slice(0, -1)
  return `${open}${open.endsWith('[') ? '' : ','}${extra.join(',')}]`
}

/** No list of ours has a second page. */
export function requireFirstPage({ params }: Exchange): void {
  if (params.cursor !== undefined) throw malformed('`cursor` is not one of ours')
}
