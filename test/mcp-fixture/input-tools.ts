import { isJsonObject, type JsonObject } from '@gatehouse/core'
import type { FixturePart, FixtureRequest } from '@gatehouse/mcp'
import { text } from './blocks.js'
import { tool } from './parts.js'

const named = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }

/** Tools that answer with `input_required` until they have what they want. */
export const inputTools: readonly FixturePart[] = [
  tool('test_input_required_result_elicitation', 'Asks for a name', (request) => {
    const name = contentOf(request, 'user_name')?.name
    if (typeof name !== 'string') return wants({ user_name: elicit('What is your name?', named) })
    return { content: [text(`Hello, ${name}!`)] }
  }),
  tool('test_input_required_result_sampling', 'Asks the model of the client', (request) => {
    const answer = responseTo(request, 'capital_question')
    if (!answer) return wants({ capital_question: sample('What is the capital of France?', 100) })
    const content = answer.content as JsonObject | undefined
    return { content: [text(String(content?.text))] }
  }),
  tool('test_input_required_result_list_roots', 'Asks for the roots of the client', (request) => {
    const answer = responseTo(request, 'client_roots')
    if (!answer) return wants({ client_roots: { method: 'roots/list', params: {} } })
    return { content: [text(JSON.stringify(answer.roots))] }
  }),
  tool('test_input_required_result_request_state', 'Asks, and checks the state', (request) => {
    if (!contentOf(request, 'confirm')) return wants({ confirm: confirm() }, request.seal({ step: 1 }))
    request.open(String(request.params.requestState))
    return { content: [text('state-ok')] }
  }),
  tool('test_input_required_result_tampered_state', 'Asks, and refuses a state that was changed', (request) => {
    const { requestState } = request.params
    if (requestState === undefined) return wants({ confirm: confirm() }, request.seal({ step: 1 }))
    request.open(String(requestState))
    return { content: [text('state-ok')] }
  }),
  tool('test_input_required_result_multiple_inputs', 'Asks for three things at once', (request) => {
    const all = ['user_name', 'greeting', 'client_roots'].every((key) => responseTo(request, key))
    if (all) return { content: [text('All there')] }
    return wants(
      {
        user_name: elicit('What is your name?', named),
        greeting: sample('Generate a greeting', 50),
        client_roots: { method: 'roots/list', params: {} },
      },
      request.seal({ step: 1 }),
    )
  }),
  tool('test_input_required_result_multi_round', 'Asks twice', (request) => {
    const { requestState } = request.params
    const { name } = requestState === undefined ? {} : request.open(String(requestState))
    const color = contentOf(request, 'step2')?.color
    if (typeof name === 'string' && typeof color === 'string') return { content: [text(`${name} likes ${color}`)] }
    const given = contentOf(request, 'step1')?.name
    if (typeof given !== 'string') {
      return wants({ step1: elicit('Step 1: What is your name?', named) }, request.seal({ step: 1 }))
    }
    const colored = { type: 'object', properties: { color: { type: 'string' } }, required: ['color'] }
    return wants({ step2: elicit('Step 2: What is your favorite color?', colored) }, request.seal({ name: given }))
  }),
  tool('test_input_required_result_capabilities', 'Asks only what the client can answer', (request) => {
    const { sampling, elicitation } = request.clientCapabilities
    return wants({
      ...(sampling !== undefined && { greeting: sample('Generate a greeting', 50) }),
      ...(elicitation !== undefined && { user_name: elicit('What is your name?', named) }),
    })
  }),
]

export function wants(inputRequests: JsonObject, requestState?: string): JsonObject {
  return { resultType: 'input_required', inputRequests, ...(requestState !== undefined && { requestState }) }
}

export function elicit(message: string, requestedSchema: JsonObject): JsonObject {
  return { method: 'elicitation/create', params: { message, requestedSchema } }
}

function sample(question: string, maxTokens: number): JsonObject {
  return {
    method: 'sampling/createMessage',
    params: { messages: [{ role: 'user', content: text(question) }], maxTokens },
  }
}

function confirm(): JsonObject {
  return elicit('Please confirm', { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] })
}

function responseTo({ params }: FixtureRequest, key: string): JsonObject | undefined {
  const responses = params.inputResponses ?? null
  const response = isJsonObject(responses) ? responses[key] : undefined
  return isJsonObject(response ?? null) ? (response as JsonObject) : undefined
}

/** What the person filled in, where it was accepted. */
export function contentOf(request: FixtureRequest, key: string): JsonObject | undefined {
  const response = responseTo(request, key)
  if (response?.action !== 'accept' || !isJsonObject(response.content ?? null)) return undefined
  return response.content as JsonObject
}
