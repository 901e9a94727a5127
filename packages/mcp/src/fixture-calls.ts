import { isJsonObject, type JsonObject } from '@gatehouse/core'
import { cacheHints } from './cache-hints.js'
import type { Exchange } from './exchange.js'
import type { FixtureMethod, FixturePart, FixtureRequest } from './fixture.js'
import { headerParametersOf, requireParameterHeaders } from './mirror-headers.js'
import { type Parts, valueResult } from './result.js'

/** The answer of a fixture to this request, or undefined where it has none. */
export function fixtureAnswer(exchange: Exchange): Promise<Parts> | undefined {
  const { fixture } = exchange.server.options
  if (!fixture) return undefined
  const { method, params } = exchange
  switch (method) {
    case 'tools/call': {
      const tool = partNamed(fixture.tools(), 'name', params.name)
      if (tool && exchange.headers && exchange.era.resultEnvelope) {
        const input = isJsonObject(params.arguments) ? params.arguments : {}
        requireParameterHeaders(exchange.headers, headerParametersOf(tool.definition.inputSchema), input)
      }
      return answered(exchange, tool)
    }
    case 'prompts/get':
      return answered(exchange, partNamed(fixture.prompts(), 'name', params.name))
    case 'resources/read':
      return (
        answered(exchange, partNamed(fixture.resources(), 'uri', params.uri)) ??
        templateAnswer(exchange, fixture.readTemplate(String(params.uri)))
      )
    default: {
      const own = fixture.methods.get(method)
      return own?.eras.includes(exchange.era.name) ? answered(exchange, own) : undefined
    }
  }
}

export function fixtureDefinitions(parts: readonly FixturePart[] | undefined): readonly JsonObject[] {
  return parts?.map(({ definition }) => definition) ?? []
}

function partNamed(parts: readonly FixturePart[], key: 'name' | 'uri', name: unknown): FixturePart | undefined {
  return parts.find(({ definition }) => definition[key] === name)
}

function templateAnswer(exchange: Exchange, value: JsonObject | undefined): Promise<Parts> | undefined {
  return value && answered(exchange, { answer: () => value })
}

function answered(
  exchange: Exchange,
  part: Pick<FixturePart, 'answer'> | FixtureMethod | undefined,
): Promise<Parts> | undefined {
  return part && resultOf(exchange, part)
}

async function resultOf(exchange: Exchange, part: Pick<FixturePart, 'answer'>): Promise<Parts> {
  const { resultType, ...value } = await part.answer(requestOf(exchange))
  const { envelopes } = exchange.server
  if (resultType === 'input_required') return valueResult(envelopes.inputRequired(exchange.era), value)
  const hints = exchange.method === 'resources/read' ? cacheHints(exchange.era) : {}
  return valueResult(envelopes.complete(exchange.era), { ...value, ...hints })
}

function requestOf(exchange: Exchange): FixtureRequest {
  const { params, meta, clientCapabilities, signal, channel, server } = exchange
  const binding = {
    principal: exchange.principal.id,
    method: exchange.method,
    name: String(params.name ?? params.uri ?? ''),
    input: isJsonObject(params.arguments) ? params.arguments : {},
  }
  return {
    era: exchange.era.name,
    params,
    meta,
    clientCapabilities,
    signal,
    notify: (method, about) => channel.notify(method, about),
    ask: (method, about) => channel.ask(method, about),
    seal: (state) => server.states.seal(binding, state),
    open: (sealed) => server.states.open(binding, sealed),
  }
}
