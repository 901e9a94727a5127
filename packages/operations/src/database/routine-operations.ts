import {
  Failure,
  type JsonSchema,
  type ObjectSchema,
  type Operation,
  type OperationFace,
  type Parameter,
  type Routine,
} from '@gatehouse/core'
import { aliasesOf } from './aliases.js'
import { inputsOf, planCall, signatureOf } from './call.js'
import { cleanComment, exampleOf, valueSchema } from './column-schema.js'
import * as is from './properties.js'
import { listSchema } from './record-schema.js'
import type { Source } from './source.js'

type Kind = Routine['kind']

/** Calls of stored procedures and functions; by GET only those that the database declares read-only. */
export function routineOperations(source: Source): readonly Operation[] {
  if (!source.service.connector.capabilities.routines) return []
  const all = (['procedure', 'function'] as const).flatMap((kind) => [
    routineOperation(source, kind, false),
    routineOperation(source, kind, true),
  ])
  return all.filter((operation) => operation !== undefined)
}

function routineOperation(source: Source, kind: Kind, query: boolean): Operation | undefined {
  const names = source.routineNames(kind, query)
  const [first] = names
  if (first === undefined) return undefined
  const parameter = `${kind}_name`
  const folder = kind === 'procedure' ? '_proc' : '_func'
  const overloadsOf = (name: string) => callable(source.routines(kind, name), query)
  const faces = new Map<string, OperationFace>()
  const free = freeFace(kind, query, overloadsOf(first))
  const subject = is.nameOf(kind, names, `get_stored_${kind}s`)
  return {
    ...free,
    input: {
      ...free.input,
      properties: { [parameter]: subject, ...free.input.properties },
      required: [parameter],
    },
    name: query ? `query_stored_${kind}` : `call_stored_${kind}`,
    service: source.service.name,
    effect: 'execute',
    surfaces: query ? ['rest'] : ['rest', 'mcp'],
    http: {
      methods: [query ? 'GET' : 'POST'],
      path: `/${folder}/{${parameter}}`,
      ...(!query && { body: '*' }),
    },
    aliases: aliasesOf([parameter, ...Object.keys(free.input.properties)]),
    idempotent: query,
    destructive: !query,
    subject: {
      parameter,
      values: names,
      bind(value) {
        let face = faces.get(value)
        if (!face) {
          face = boundFace(kind, overloadsOf(value))
          faces.set(value, face)
        }
        return face
      },
    },
    resource: (input) => `${folder}/${String(input[parameter])}`,
    plan(input, limits) {
      const name = input[parameter]
      const overloads = callable(source.routines(kind, name), query)
      return planCall(overloads, input, limits)
    },
  }
}

/** The overloads that may be called this way. Throws `method_not_allowed` where a GET could write. */
function callable(overloads: readonly Routine[], query: boolean): readonly Routine[] {
  if (!query) return overloads
  const harmless = overloads.filter((routine) => routine.readOnly)
  const [first] = overloads
  if (harmless.length > 0 || !first) return harmless
  throw new Failure('method_not_allowed', `The ${first.kind} \`${first.name}\` may write, so GET does not call it`, {
    hint: 'Use POST',
  })
}

function inputOf(params: JsonSchema): ObjectSchema {
  return {
    type: 'object',
    properties: { params, limit: is.routineLimit, numbers: is.numbers, dry_run: is.dryRun },
    additionalProperties: false,
  }
}

const anyAnswer: ObjectSchema = {
  type: 'object',
  properties: { resource: { type: 'array' }, out: { type: 'object' }, value: {} },
}

function freeFace(kind: Kind, query: boolean, overloads: readonly Routine[]): OperationFace {
  const [example] = overloads
  const shown = example && JSON.stringify({ [`${kind}_name`]: example.name, params: exampleParams(example) })
  const title = query ? `Query a stored ${kind}` : `Call a stored ${kind}`
  return {
    title,
    summary: title,
    description: `Runs one stored ${kind}; get_stored_${kind}s lists them with their parameters. Answers rows in resource, a value in value, OUT parameters in out.${shown ? ` Example: ${shown}` : ''}`,
    input: inputOf(is.routineParams),
    output: anyAnswer,
  }
}

function boundFace(kind: Kind, overloads: readonly Routine[]): OperationFace {
  const [first] = overloads
  const name = first?.name ?? ''
  const comment = cleanComment(first?.comment)
  const signatures = overloads.map(signatureOf)
  return {
    title: `Call ${name}`,
    summary: `Call the stored ${kind} ${name}`,
    description: [comment, `Signature: ${signatures.join('; ')}`].filter((part) => part).join('\n\n'),
    input: inputOf(first && overloads.length === 1 ? typedParams(first) : is.routineParams),
    output: first && overloads.length === 1 ? answerOf(first) : anyAnswer,
  }
}

function typedParams(routine: Routine): JsonSchema {
  const inputs = inputsOf(routine)
  const required = inputs.filter((p) => p.required).map((p) => p.name)
  return {
    type: 'object',
    properties: parameterSchemas(inputs),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  }
}

function parameterSchemas(parameters: readonly Parameter[]): Record<string, JsonSchema> {
  return Object.fromEntries(
    parameters.map((p) => [p.name, { ...valueSchema({ ...p, nullable: true }), description: p.nativeType }]),
  )
}

function answerOf(routine: Routine): ObjectSchema {
  const outs = routine.parameters.filter((p) => p.mode !== 'in')
  const out = outs.length > 0 && { out: { type: 'object', properties: parameterSchemas(outs) } }
  switch (routine.returns.kind) {
    case 'nothing':
      return { type: 'object', properties: { ...out } }
    case 'value':
      return { type: 'object', properties: { value: valueSchema({ ...routine.returns, nullable: true }), ...out } }
    case 'rows': {
      const columns = routine.returns.columns.map((c) => [c.name, valueSchema({ ...c, nullable: true })] as const)
      const page = listSchema({ type: 'object', properties: Object.fromEntries(columns) })
      return { ...page, properties: { ...page.properties, ...out } }
    }
    case 'unknown':
      return anyAnswer
    default:
      return routine.returns satisfies never
  }
}

function exampleParams(routine: Routine): Record<string, unknown> {
  return Object.fromEntries(inputsOf(routine).map((p) => [p.name, exampleOf({ name: p.name, type: p.type })]))
}
