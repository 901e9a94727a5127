import { type ConnectorType, isJsonObject, type JsonObject, nearest } from '@gatehouse/core'
import type { Ajv2020, ValidateFunction } from 'ajv/dist/2020.js'
import type { Config } from './config.js'
import { configOf } from './config-of.js'
import { objectOf } from './json-parts.js'
import { meaningProblems, signInProblems } from './meaning-problems.js'
import { reservedServices } from './names.js'
import { newAjv } from './new-ajv.js'
import { oauthProblems } from './oauth-config.js'
import { type Problem, problemsOf } from './problems.js'
import { providerProblems } from './providers-config.js'
import { configSchema, serviceSchema } from './schema.js'
import { readSource, type Source } from './source.js'

/** A configuration that holds, or everything that is wrong with it: `line 12: services.salesdb.type: ...`. */
export type Loaded =
  | { readonly ok: true; readonly config: Config; readonly source: Source }
  | { readonly ok: false; readonly errors: readonly string[] }

/** Reads a configuration file's text. `types` validate the keys of their services. */
export function loadConfig(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  types: readonly ConnectorType[],
): Loaded {
  const source = readSource(text, env)
  const problems: Problem[] = [...source.problems]
  const value: unknown = source.value ?? {}
  const ajv = newAjv()
  problems.push(...validate(ajv.compile(configSchema), value, []))
  if (isJsonObject(value)) {
    const parts = tenantsIn(value)
    for (const { part, below } of parts) problems.push(...serviceProblems(ajv, part, types, below))
    problems.push(...providerProblems(value, (schema, one, path) => validate(ajv.compile(schema), one, path)))
    const shapesHold = problems.length === 0
    const meaning = parts.flatMap(({ part, below }) => meaningProblems(part, below))
    problems.push(...beside(problems, meaning))
    if (shapesHold) problems.push(...signInProblems(value), ...oauthProblems(value))
  }
  if (problems.length > 0 || !isJsonObject(value)) {
    const lines = problems.map((problem) => ({ line: source.line(problem.path), problem }))
    lines.sort((a, b) => a.line - b.line)
    return { ok: false, errors: lines.map(({ line, problem }) => `line ${line}: ${where(problem)}${problem.message}`) }
  }
  return { ok: true, config: configOf(value), source }
}

/** Of `more`, what is not about a thing that `told` is about already: its shape is wrong, so its meaning is a guess. */
function beside(told: readonly Problem[], more: readonly Problem[]): Problem[] {
  const starts = ({ path }: Problem) => path.map((_, i) => path.slice(0, i + 1).join('\n'))
  const within = new Set(told.flatMap(starts))
  const wrong = new Set(told.map(({ path }) => path.join('\n')))
  return more.filter((problem) => !within.has(problem.path.join('\n')) && !starts(problem).some((p) => wrong.has(p)))
}

function where(problem: Problem): string {
  const path = problem.path.filter((step) => !String(step).startsWith('@')).join('.')
  return path === '' ? '' : `${path}: `
}

function validate(check: ValidateFunction, value: unknown, below: Problem['path']): Problem[] {
  return check(value) ? [] : problemsOf(check.errors ?? [], below)
}

/** The file itself, which is the default tenant, and each of its tenants, with where they stand. */
function tenantsIn(value: JsonObject): { readonly part: JsonObject; readonly below: Problem['path'] }[] {
  const tenants = Object.entries(objectOf(value.tenants))
  return [
    { part: value, below: [] },
    ...tenants.map(([name, part]) => ({ part: objectOf(part), below: ['tenants', name] })),
  ]
}

function serviceProblems(
  ajv: Ajv2020,
  value: JsonObject,
  types: readonly ConnectorType[],
  below: Problem['path'],
): Problem[] {
  const problems: Problem[] = []
  for (const [name, service] of Object.entries(objectOf(value.services))) {
    if (!isJsonObject(service) || typeof service.type !== 'string') continue
    const type = types.find((t) => t.type === service.type)
    if (!type) {
      const near = nearest(
        service.type,
        types.map((t) => t.type),
      )
      const known = types.map((t) => t.type).join(', ')
      const message = `there is no connector \`${service.type}\`.${near ? ` Did you mean \`${near}\`?` : ''} Connectors: ${known}`
      problems.push({ path: [...below, 'services', name, 'type'], message })
      continue
    }
    if (reservedServices.includes(name)) {
      problems.push({
        path: [...below, 'services', name],
        message: `the name \`${name}\` is taken by Gatehouse itself`,
      })
    }
    problems.push(...validate(ajv.compile(serviceSchema(type.config)), service, [...below, 'services', name]))
  }
  return problems
}
