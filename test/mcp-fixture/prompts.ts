import type { JsonObject } from '@gatehouse/core'
import type { FixturePart } from '@gatehouse/mcp'
import { image, text } from './blocks.js'
import { contentOf, elicit, wants } from './input-tools.js'
import { argument } from './parts.js'

const said = (content: JsonObject) => ({ role: 'user', content })

export const prompts: readonly FixturePart[] = [
  {
    definition: { name: 'test_simple_prompt', description: 'A prompt without arguments' },
    answer: () => ({ messages: [said(text('This is a simple prompt for testing.'))] }),
  },
  {
    definition: {
      name: 'test_prompt_with_arguments',
      description: 'A prompt with two arguments',
      arguments: [
        { name: 'arg1', description: 'First test argument', required: true },
        { name: 'arg2', description: 'Second test argument', required: true },
      ],
    },
    answer: (request) => {
      const [one, two] = [argument(request, 'arg1'), argument(request, 'arg2')]
      return { messages: [said(text(`Prompt with arguments: arg1='${one}', arg2='${two}'`))] }
    },
  },
  {
    definition: {
      name: 'test_prompt_with_embedded_resource',
      description: 'A prompt with a resource in it',
      arguments: [{ name: 'resourceUri', description: 'URI of the resource to embed', required: true }],
    },
    answer: (request) => ({
      messages: [
        said({
          type: 'resource',
          resource: {
            uri: argument(request, 'resourceUri'),
            mimeType: 'text/plain',
            text: 'Embedded resource content for testing.',
          },
        }),
        said(text('Please process the embedded resource above.')),
      ],
    }),
  },
  {
    definition: { name: 'test_prompt_with_image', description: 'A prompt with an image in it' },
    answer: () => ({ messages: [said(image), said(text('Please analyze the image above.'))] }),
  },
  {
    definition: { name: 'test_input_required_result_prompt', description: 'A prompt that asks for its context' },
    answer: (request) => {
      const context = contentOf(request, 'user_context')?.context
      const wanted = { type: 'object', properties: { context: { type: 'string' } }, required: ['context'] }
      if (typeof context !== 'string') {
        return wants({ user_context: elicit('What context should the prompt use?', wanted) })
      }
      return { messages: [said(text(`Use this context: ${context}`))] }
    },
  },
]
