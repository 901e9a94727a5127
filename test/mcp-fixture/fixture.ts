import type { JsonObject } from '@gatehouse/core'
import type { Fixture, FixturePart } from '@gatehouse/mcp'
import { image, text } from './blocks.js'
import { contentTools } from './content-tools.js'
import { inputTools } from './input-tools.js'
import { tool } from './parts.js'
import { prompts } from './prompts.js'
import { talkingTools } from './talking-tools.js'

type List = Parameters<Parameters<Fixture['start']>[0]>[0]

/** The tools, resources and prompts that the official conformance suite looks for. */
export function createFixture(): Fixture {
  let changed: (list: List) => void = () => undefined
  const trigger = (name: string, list: List): FixturePart =>
    tool(name, `Says that the ${list} have changed`, () => {
      changed(list)
      return { content: [text('Said')] }
    })
  const tools = [
    ...contentTools,
    ...talkingTools,
    ...inputTools,
    trigger('test_trigger_tool_change', 'tools'),
    trigger('test_trigger_prompt_change', 'prompts'),
  ]
  return {
    capabilities: (era) => ({
      logging: {},
      ...(era === 'handshake' && { resources: { subscribe: true } }),
    }),
    tools: () => tools,
    prompts: () => prompts,
    resources: () => resources,
    resourceTemplates: [
      {
        uriTemplate: 'test://template/{id}/data',
        name: 'template',
        description: 'A resource with an id',
        mimeType: 'application/json',
      },
    ],
    readTemplate,
    complete: (params) => {
      const { argument } = params as { readonly argument: { readonly value: string } }
      const values = ['paris', 'park', 'party'].filter((word) => word.startsWith(argument.value))
      return { completion: { values, total: values.length, hasMore: false } }
    },
    methods: new Map(
      ['logging/setLevel', 'resources/subscribe', 'resources/unsubscribe'].map((method) => [
        method,
        { eras: ['handshake'], answer: () => ({}) },
      ]),
    ),
    start: (tell) => {
      changed = tell
    },
  }
}

const resources: readonly FixturePart[] = [
  resource('test://static-text', 'static text', {
    mimeType: 'text/plain',
    text: 'This is the content of the static text resource.',
  }),
  resource('test://static-binary', 'static image', { mimeType: 'image/png', blob: image.data }),
  resource('test://watched-resource', 'resource to subscribe to', { mimeType: 'text/plain', text: 'Watched' }),
]

function resource(uri: string, name: string, content: JsonObject): FixturePart {
  return {
    definition: { uri, name, description: `A ${name}`, mimeType: content.mimeType },
    answer: () => ({ contents: [{ uri, ...content }] }),
  }
}

function readTemplate(uri: string): JsonObject | undefined {
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1]
  if (id === undefined) return undefined
  const value = { id, templateTest: true, data: `Data for ID: ${id}` }
  return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify(value) }] }
}
