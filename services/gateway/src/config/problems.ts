import { nearest, suggest } from '@gatehouse/core'
import type { ErrorObject } from 'ajv/dist/2020.js'

/** One thing that is wrong in a configuration file. */
export interface Problem {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** What ajv found, in words, with the path of each. */
export function problemsOf(errors: readonly ErrorObject[], below: Problem['path']): Problem[] {
  const problems: Problem[] = []
  for (const error of errors) {
    // The error inside an anyOf or propertyNames says it better.
    if (error.keyword === 'anyOf' && errors.some((e) => e !== error && e.instancePath === error.instancePath)) continue
    if (error.propertyName !== undefined && error.keyword !== 'propertyNames') continue
    const path = [...below, ...segments(error.instancePath)]
    problems.push(problemOf(error, path))
  }
  return problems
}

function problemOf(error: ErrorObject, path: Problem['path']): Problem {
  const params: Record<string, unknown> = error.params
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params.additionalProperty)
      const known = Object.keys((error.parentSchema?.properties as object | undefined) ?? {})
      return { path: [...path, key], message: `unknown key \`${key}\`. ${suggest(key, 'Keys', known)}` }
    }
    case 'required':
      return { path, message: `\`${String(params.missingProperty)}\` is missing` }
    case 'enum': {
      const allowed = (params.allowedValues as unknown[]).map(String)
      const near = nearest(String(error.data), allowed)
      return { path, message: `must be one of ${allowed.join(', ')}${near ? `. Did you mean \`${near}\`?` : ''}` }
    }
    case 'pattern':
      return { path, message: `\`${String(error.data)}\` is not right${describe(error)}` }
    case 'type':
      return { path, message: `must be ${[params.type].flat().join(' or ')}${describe(error)}` }
    case 'minItems':
      return { path, message: `must have at least ${String(params.limit)}${describe(error)}` }
    case 'propertyNames':
      return {
        path: [...path, String(params.propertyName)],
        message: 'is no allowed name: lower case letters, digits, _ and -',
      }
    default:
      return { path, message: `${error.message ?? 'is not right'}${describe(error)}` }
  }
}

function describe(error: ErrorObject): string {
  const description: unknown = error.parentSchema?.description
  return typeof description === 'string' ? ` (${description})` : ''
}

function segments(pointer: string): (string | number)[] {
  if (pointer === '') return []
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}
