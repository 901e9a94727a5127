import {
  Failure,
  type FileCapabilities,
  type FilePlan,
  filePath,
  type HttpRule,
  isFolder,
  type JsonObject,
  type JsonSchema,
  type JsonValue,
  type Operation,
  type PageLimits,
  type Service,
  type Surface,
  type Verb,
} from '@gatehouse/core'
import { aliasesOf } from '../database/aliases.js'

type Properties = Readonly<Record<string, JsonSchema>>

/** A row of data, of which `fileOperation` makes the operation for one service and one surface. */
export interface FileRule {
  readonly name: string
  readonly effect: Verb
  readonly suffices?: readonly Verb[]
  readonly http: HttpRule
  /** Absent: REST only. */
  readonly tool?: true
  readonly idempotent: boolean
  readonly destructive: boolean
  readonly title: string
  /** What it does, when to use it rather than its neighbour. */
  readonly description: string
  /** For a model, where it is another one. */
  readonly toolDescription?: string
  readonly example?: JsonObject
  /** What `path` is. */
  readonly on: 'file' | 'folder' | 'either'
  readonly input: Properties
  /** Properties of one surface only, beside those of `input`. */
  readonly restInput?: Properties
  readonly toolInput?: Properties
  readonly required?: readonly string[]
  /** Where a tool needs more of them. */
  readonly toolRequired?: readonly string[]
  readonly output: JsonSchema
  /** Default: every storage. */
  exists?(can: FileCapabilities): boolean
  plan(path: string, input: JsonObject, limits: PageLimits): FilePlan
}

/** Undefined where the surface does not have it, or the storage cannot do it. */
export function fileOperation(service: Service, rule: FileRule, surface: Surface): Operation | undefined {
  const can = service.connector.capabilities.files
  if (!can || (surface === 'mcp' && !rule.tool)) return undefined
  if (rule.effect !== 'read' && rule.effect !== 'execute' && !can.writable) return undefined
  if (rule.exists && !rule.exists(can)) return undefined
  const properties = { ...rule.input, ...(surface === 'rest' ? rule.restInput : rule.toolInput) }
  const required = (surface === 'mcp' && rule.toolRequired) || rule.required
  const description = (surface === 'mcp' && rule.toolDescription) || rule.description
  return {
    name: rule.name,
    service: service.name,
    effect: rule.effect,
    ...(rule.suffices && { suffices: rule.suffices }),
    surfaces: [surface],
    http: rule.http,
    aliases: aliasesOf(Object.keys(properties)),
    idempotent: rule.idempotent,
    destructive: rule.destructive,
    title: rule.title,
    summary: rule.title,
    description: rule.example ? `${description} Example: ${JSON.stringify(rule.example)}` : description,
    input: {
      type: 'object',
      properties,
      ...(required && { required }),
      additionalProperties: false,
    },
    output: rule.output,
    resource: (input) => pathOf(rule, input.path),
    plan: (input, limits) => {
      const plan = rule.plan(pathOf(rule, input.path), input, limits)
      return input.dry_run === true ? { ...plan, dryRun: true } : plan
    },
  }
}

/** The path that the input names, in its one spelling. Throws `invalid`. */
function pathOf({ on }: FileRule, value: JsonValue | undefined): string {
  if (value !== undefined && typeof value !== 'string') throw new Failure('invalid', '`path` is a text')
  const given = value ?? ''
  if (given === '' || given === '/') return ''
  // A folder is meant where only folders can be.
  const path = filePath(on === 'folder' && !given.endsWith('/') ? `${given}/` : given)
  if (on === 'file' && isFolder(path)) {
    throw new Failure('invalid', 'The path of a file does not end in /')
  }
  return path
}

/** A path that is the name of something. Throws `invalid` for the root. */
export function notRoot(path: string): string {
  if (path !== '') return path
  throw new Failure('invalid', '`path` is missing', { hint: 'The root itself is always there' })
}
