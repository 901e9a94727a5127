import { type JsonObject, type JsonSchema, type ObjectSchema, parseSize } from '@gatehouse/core'

const defaultMaxFileSize = '100mb'

/** The keys of a storage's configuration: its own, and those that all storages have. */
export function fileConfig(
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = [],
): ObjectSchema {
  return {
    type: 'object',
    properties: {
      ...properties,
      max_file_size: {
        type: 'string',
        pattern: '^\\d+(\\.\\d+)?\\s*([kKmMgG]?[bB])?$',
        description: `A size: 512kb, 10mb, 2gb. Larger files are not taken. Default ${defaultMaxFileSize}`,
      },
    },
    required,
    additionalProperties: false,
  }
}

/** Bytes. */
export function maxFileSizeOf(config: JsonObject): number {
  const { max_file_size: given } = config
  return parseSize(typeof given === 'string' ? given : defaultMaxFileSize) ?? 0
}
