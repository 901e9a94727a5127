import type { FixturePart } from '@gatehouse/mcp'
import { audio, image, text } from './blocks.js'
import { tool } from './parts.js'

/** Tools that answer at once, with each kind of content. */
export const contentTools: readonly FixturePart[] = [
  tool('test_simple_text', 'Answers a text', () => ({
    content: [text('This is a simple text response for testing.')],
  })),
  tool('test_image_content', 'Answers an image', () => ({ content: [image] })),
  tool('test_audio_content', 'Answers a sound', () => ({ content: [audio] })),
  tool('test_embedded_resource', 'Answers a resource', () => ({
    content: [
      {
        type: 'resource',
        resource: {
          uri: 'test://embedded-resource',
          mimeType: 'text/plain',
          text: 'This is an embedded resource content.',
        },
      },
    ],
  })),
  tool('test_multiple_content_types', 'Answers a text, an image and a resource', () => ({
    content: [
      text('Multiple content types test:'),
      image,
      {
        type: 'resource',
        resource: {
          uri: 'test://mixed-content-resource',
          mimeType: 'application/json',
          text: '{"test":"data","value":123}',
        },
      },
    ],
  })),
  tool('test_error_handling', 'Always fails', () => ({
    content: [text('This tool intentionally returns an error for testing')],
    isError: true,
  })),
  tool(
    'test_header_parameter',
    'Wants its argument repeated in a header',
    () => ({ content: [text('The header and the argument agree')] }),
    {
      type: 'object',
      properties: { region: { type: 'string', 'x-mcp-header': 'Region' } },
      required: ['region'],
    },
  ),
  tool('json_schema_2020_12_tool', 'Has a schema with many keywords', () => ({ content: [text('Accepted')] }), {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: {
      address: {
        $anchor: 'addressDef',
        type: 'object',
        properties: { street: { type: 'string' }, city: { type: 'string' } },
      },
    },
    properties: {
      name: { type: 'string' },
      address: { $ref: '#/$defs/address' },
      contactMethod: { type: 'string', enum: ['phone', 'email'] },
      phone: { type: 'string' },
      email: { type: 'string' },
    },
    allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
    if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits this
    then: { required: ['phone'] },
    else: { required: ['email'] },
    additionalProperties: false,
  }),
]
