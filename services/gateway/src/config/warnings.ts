import type { Service } from '@gatehouse/core'
import { auditWarnings } from './audit-warnings.js'
import type { Config } from './config.js'
import type { Problem } from './problems.js'
import { providerWarnings } from './provider-warnings.js'
import { secretsOf } from './secrets-in.js'
import type { Source } from './source.js'

/** What is allowed and still unwise, each with its line: `line 4: ...`. */
export function warningsOf(config: Config, source: Source): string[] {
  const warnings: { path: Problem['path']; message: string }[] = []
  for (const { name, own } of config.services) {
    for (const key of secretsOf(own)) {
      const path = ['services', name, ...key]
      if (!source.literal(path)) continue
      warnings.push({ path, message: 'a password stands in the file. Take it from an environment variable' })
    }
    for (const key of Object.keys(own).filter((key) => key.startsWith('insecure_') && own[key] === true)) {
      warnings.push({
        path: ['services', name, key],
        message: 'any server is taken for the right one: who is on the way can read and change everything',
      })
    }
  }
  warnings.push(...providerWarnings(config, source), ...auditWarnings(config.roles, []))
  for (const [name, { roles }] of Object.entries(config.tenants)) {
    warnings.push(...auditWarnings(roles, ['tenants', name]))
  }
  for (const [i, key] of config.keys.entries()) {
    const path = ['keys', i, 'key']
    if (key.key !== '' && source.literal(path)) {
      warnings.push({ path, message: 'an API key stands in the file. Take it from an environment variable' })
    }
    if (key.expires === undefined)
      warnings.push({ path: ['keys', i], message: `the key \`${key.name}\` never expires` })
  }
  const { host, cors, allowedHosts, publicUrl } = config.server
  const isPublic = !['127.0.0.1', 'localhost', '::1'].includes(host)
  if (isPublic && publicUrl.startsWith('http://')) {
    warnings.push({
      path: ['server', 'host'],
      message:
        'the address is public and public_url is not https: keys, passwords and sessions travel in clear text unless a proxy encrypts them',
    })
  }
  if (allowedHosts.includes('*')) {
    warnings.push({
      path: ['server', 'allowed_hosts'],
      message: 'any Host header is accepted: pages of other sites can reach this server by DNS rebinding',
    })
  }
  if (cors.origins.includes('*')) {
    warnings.push({
      path: ['server', 'cors', 'origins'],
      message: 'any web page may call this server with the credentials that it has. Name the origins',
    })
  }
  for (const { path, text } of describedTexts(config)) {
    if (looksLikeInjection(text)) warnings.push({ path, message: injectionWarning })
  }
  return warnings.map(({ path, message }) => `line ${source.line(path)}: ${path.join('.')}: ${message}`)
}

const injectionWarning =
  'this description reads like an instruction to a model (prompt injection); models will see it as a tool text'

/** The same for comments that the database itself holds, once it has been reached. */
export function commentWarnings(services: readonly Service[]): string[] {
  const warnings: string[] = []
  for (const { name, catalog } of services) {
    for (const table of catalog.tables.values()) {
      if (looksLikeInjection(table.comment ?? ''))
        warnings.push(`${name}: comment of ${table.name}: ${injectionWarning}`)
      for (const column of table.columns.values()) {
        if (looksLikeInjection(column.comment ?? ''))
          warnings.push(`${name}: comment of ${table.name}.${column.name}: ${injectionWarning}`)
      }
    }
    for (const routine of [...catalog.routines.values()].flat()) {
      if (looksLikeInjection(routine.comment ?? ''))
        warnings.push(`${name}: comment of ${routine.name}: ${injectionWarning}`)
    }
  }
  return warnings
}

function* describedTexts(config: Config): Generator<{ path: Problem['path']; text: string }> {
  for (const service of config.services) {
    const path = ['services', service.name]
    yield { path: [...path, 'description'], text: service.description }
    for (const [table, { description, columns }] of Object.entries(service.describe)) {
      yield { path: [...path, 'describe', table, 'description'], text: description ?? '' }
      for (const [column, text] of Object.entries(columns ?? {}))
        yield { path: [...path, 'describe', table, 'columns', column], text }
    }
  }
}

const suspicious = [
  /\b(ignore|disregard|forget|override)\b.{0,40}\b(previous|prior|above|earlier|other|all)\b.{0,40}\b(instructions?|rules?|prompts?|messages?)\b/i,
  /\b(you (must|should|shall|are now)|always|never)\b.{0,60}\b(call|invoke|use|send|reveal|tell|hide|mention|execute|run)\b/i,
  /\b(system prompt|developer message|do not (tell|mention|reveal)|without (telling|asking|informing))\b/i,
  /<\/?(system|assistant|important|instructions?|secret)\b/i,
]
// Characters that a person does not see and a model reads: zero width, bidirectional, tags.
const invisible = /[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]|[\u{e0000}-\u{e007f}]/u

function looksLikeInjection(text: string): boolean {
  return invisible.test(text) || suspicious.some((pattern) => pattern.test(text))
}
