/**
 * A JSON number that a JavaScript number would round (an integer beyond 2^53, a decimal of many digits),
 * kept as the text that the client sent.
 */
export class ExactNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  toString(): string {
    return this.text
  }
}

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | ExactNumber
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue | undefined }

export interface JsonObject {
  readonly [name: string]: JsonValue | undefined
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
}

/** Compact JSON text. As JSON.stringify, but an ExactNumber is printed with all its digits. */
export function printJson(value: JsonValue): string {
  if (value instanceof ExactNumber) return value.text
  if (Array.isArray(value)) return `[${value.map(printJson).join(',')}]`
  if (isJsonObject(value)) {
    const members: string[] = []
    for (const [name, member] of Object.entries(value)) {
      if (member !== undefined) members.push(`${JSON.stringify(name)}:${printJson(member)}`)
    }
    return `{${members.join(',')}}`
  }
  return JSON.stringify(value)
}

/** A JSON Schema 2020-12 of any shape. */
export interface JsonSchema {
  readonly [keyword: string]: unknown
}

/** The JSON Schema of an object, with its properties by name. */
export interface ObjectSchema extends JsonSchema {
  readonly type: 'object'
  readonly properties: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
}
