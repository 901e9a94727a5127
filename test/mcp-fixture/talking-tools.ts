import { isJsonObject, type JsonObject } from '@gatehouse/core'
import { errorCode, type FixturePart, type FixtureRequest, ProtocolError } from '@gatehouse/mcp'
import { text } from './blocks.js'
import { argument, pause, tool } from './parts.js'

/** Tools that say or ask something before they answer. */
export const talkingTools: readonly FixturePart[] = [
  tool('test_tool_with_logging', 'Logs three times', logThrice),
  tool('test_logging_tool', 'Logs three times', logThrice),
  tool('test_tool_with_progress', 'Says how far it is', async (request) => {
    const { progressToken } = request.meta
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined) request.notify('notifications/progress', { progressToken, progress, total: 100 })
      if (progress < 100) await pause(50)
    }
    return { content: [text('Done')] }
  }),
  tool(
    'test_sampling',
    "Asks the client's model",
    async (request) => {
      const answer = await request.ask('sampling/createMessage', {
        messages: [{ role: 'user', content: text(argument(request, 'prompt')) }],
        maxTokens: 100,
      })
      const content = isJsonObject(answer.content ?? null) ? (answer.content as JsonObject) : {}
      return { content: [text(`LLM response: ${String(content.text)}`)] }
    },
    { type: 'object', properties: { prompt: { type: 'string' } }, required: ['prompt'] },
  ),
  tool(
    'test_elicitation',
    'Asks the person at the client',
    async (request) => {
      const answer = await request.ask('elicitation/create', {
        message: argument(request, 'message'),
        requestedSchema: {
          type: 'object',
          properties: {
            username: { type: 'string', description: "User's response" },
            email: { type: 'string', description: "User's email address" },
          },
          required: ['username', 'email'],
        },
      })
      return { content: [text(`User response: ${described(answer)}`)] }
    },
    { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
  ),
  tool('test_elicitation_sep1034_defaults', 'Asks with defaults', (request) =>
    elicited(request, 'Please check these', {
      name: { type: 'string', default: 'John Doe' },
      age: { type: 'integer', default: 30 },
      score: { type: 'number', default: 95.5 },
      status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
      verified: { type: 'boolean', default: true },
    }),
  ),
  tool('test_elicitation_sep1330_enums', 'Asks with each kind of choice', (request) =>
    elicited(request, 'Please choose', {
      untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
      titledSingle: { type: 'string', oneOf: titled('Option') },
      legacyEnum: {
        type: 'string',
        enum: ['opt1', 'opt2', 'opt3'],
        enumNames: ['Option One', 'Option Two', 'Option Three'],
      },
      untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
      titledMulti: { type: 'array', items: { anyOf: titled('Choice') } },
    }),
  ),
  tool('test_missing_capability', 'Needs a client that can sample', ({ clientCapabilities }) => {
    if (clientCapabilities.sampling === undefined) throw lacks('sampling')
    return { content: [text('The client can sample')] }
  }),
  tool('test_streaming_elicitation', 'Asks the person at the client, in the way of its era', (request) => {
    if (request.clientCapabilities.elicitation === undefined) throw lacks('elicitation')
    return {
      resultType: 'input_required',
      inputRequests: {
        answer: {
          method: 'elicitation/create',
          params: {
            message: 'Go on?',
            requestedSchema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] },
          },
        },
      },
    }
  }),
]

async function logThrice(request: FixtureRequest): Promise<JsonObject> {
  const wanted = request.era === 'handshake' || request.meta['io.modelcontextprotocol/logLevel'] !== undefined
  const lines = ['Tool execution started', 'Tool processing data', 'Tool execution completed']
  for (const [i, data] of lines.entries()) {
    if (wanted) request.notify('notifications/message', { level: 'info', logger: 'fixture', data })
    if (i < lines.length - 1) await pause(50)
  }
  return { content: [text('Logged')] }
}

async function elicited(request: FixtureRequest, message: string, properties: JsonObject): Promise<JsonObject> {
  const requestedSchema = { type: 'object', properties, required: [] }
  const answer = await request.ask('elicitation/create', { message, requestedSchema })
  return { content: [text(`Elicitation completed: ${described(answer)}`)] }
}

function described(answer: JsonObject): string {
  return `action=${String(answer.action)}, content=${JSON.stringify(answer.content ?? {})}`
}

function titled(word: string) {
  return ['First', 'Second', 'Third'].map((nth, i) => ({ const: `value${i + 1}`, title: `${nth} ${word}` }))
}

function lacks(capability: string): ProtocolError {
  return new ProtocolError(errorCode.missingClientCapability, `The client lacks ${capability}`, {
    data: { requiredCapabilities: { [capability]: {} } },
    status: 400,
  })
}
