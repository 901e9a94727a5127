import type { JsonObject } from '@gatehouse/core'
import type { FixturePart, FixtureRequest } from '@gatehouse/mcp'

const noArguments = { type: 'object', properties: {}, additionalProperties: false }

/** A tool that takes nothing, or what `inputSchema` says. */
export function tool(
  name: string,
  description: string,
  answer: FixturePart['answer'],
  inputSchema: JsonObject = noArguments,
): FixturePart {
  return { definition: { name, description, inputSchema }, answer }
}

/** An argument as text. */
export function argument({ params }: FixtureRequest, name: string): string {
  const { arguments: given } = params as { readonly arguments?: JsonObject }
  return String(given?.[name] ?? '')
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
