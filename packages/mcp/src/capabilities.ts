import type { JsonObject } from '@gatehouse/core'
import { cacheHints } from './cache-hints.js'
import { handshake, stateless } from './era.js'
import { malformed } from './errors.js'
import type { Channel, Exchange } from './exchange.js'
import { currentSet } from './global-tool.js'
import { instructionsOf } from './instructions.js'
import { type Parts, valueResult } from './result.js'

/** `server/discover` of 2026-07-28. The versions before it are agreed on by `initialize`. */
export function discover(exchange: Exchange): Parts {
  const value: JsonObject = {
    supportedVersions: stateless.versions,
    capabilities: capabilitiesOf(exchange),
    instructions: instructions(exchange),
    ...cacheHints(exchange.era),
  }
  return valueResult(exchange.server.envelopes.complete(exchange.era), value)
}

/** `initialize` of the eras before. A version that we do not speak is answered by our newest of them. */
export function initialize(exchange: Exchange): Parts {
  const { protocolVersion } = exchange.params
  if (typeof protocolVersion !== 'string') throw malformed('`protocolVersion` is a text')
  return valueResult(exchange.server.envelopes.complete(exchange.era), {
    protocolVersion: handshake.versions.includes(protocolVersion) ? protocolVersion : (handshake.versions[0] ?? ''),
    capabilities: capabilitiesOf(exchange),
    serverInfo: { ...exchange.server.options.serverInfo },
    instructions: instructions(exchange),
  })
}

export function ping(exchange: Exchange): Parts {
  return valueResult(exchange.server.envelopes.complete(exchange.era), {})
}

function capabilitiesOf(exchange: Exchange): JsonObject {
  const { era, channel, server } = exchange
  const listChanged = tellsOfChanges(era, channel)
  const resources = era === stateless ? { listChanged, subscribe: true } : { listChanged }
  return {
    tools: { listChanged },
    resources,
    prompts: server.options.fixture ? { listChanged } : {},
    completions: {},
    ...server.options.fixture?.capabilities(era.name),
  }
}

/** Before 2026-07-28 a client of HTTP hears of changes on a stream of its session, and we have no sessions. */
function tellsOfChanges(era: Exchange['era'], channel: Channel): boolean {
  return era === stateless || channel.transport === 'stdio'
}

function instructions(exchange: Exchange): string {
  return instructionsOf(currentSet(exchange), exchange.server.pipeline, exchange.principal)
}
