import {
  type CallPlan,
  coerce,
  ExactNumber,
  Failure,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type PageLimits,
  type Parameter,
  type Routine,
  type Scalar,
  type ScalarType,
  suggest,
} from '@gatehouse/core'
import { flagOf, wholeOf } from './arguments.js'
import { numbersOf } from './select.js'

/** A call of the overload that the arguments fit. Throws `invalid` where none does. */
export function planCall(overloads: readonly Routine[], input: JsonObject, limits: PageLimits): CallPlan {
  const given = argumentsOf(input.params)
  const { routine, values } = fittingOverload(overloads, given)
  return {
    kind: 'call',
    routine,
    values,
    limit: Math.min(wholeOf(input.limit) ?? limits.most, limits.most),
    numbers: numbersOf(input),
    ...(flagOf(input.dry_run) && { dryRun: true }),
  }
}

type Arguments =
  | { readonly by: 'position'; readonly values: readonly JsonValue[] }
  | { readonly by: 'name'; readonly values: ReadonlyMap<string, JsonValue> }

interface Fit {
  readonly routine: Routine
  readonly values: ReadonlyMap<string, Scalar>
  /** How near the arguments' JSON types are to those of the parameters. */
  readonly near: number
}

/** `{name: value}`, `[value, ...]`, or `[{name, value}, ...]`. Throws `invalid`. */
function argumentsOf(value: JsonValue | undefined): Arguments {
  if (value === undefined || value === null) return { by: 'position', values: [] }
  if (isJsonObject(value)) return { by: 'name', values: namedOf(Object.entries(value)) }
  if (!Array.isArray(value)) {
    throw new Failure('invalid', '`params` takes an object by name, or an array in order')
  }
  const items: readonly JsonValue[] = value
  if (items.length === 0 || !items.every(isPair)) return { by: 'position', values: items }
  return { by: 'name', values: namedOf(items.map((item) => [String(item.name), item.value])) }
}

function isPair(item: JsonValue): item is JsonObject {
  if (!isJsonObject(item) || typeof item.name !== 'string') return false
  return Object.keys(item).every((key) => key === 'name' || key === 'value')
}

function namedOf(entries: Iterable<readonly [string, JsonValue | undefined]>): ReadonlyMap<string, JsonValue> {
  const named = new Map<string, JsonValue>()
  for (const [key, value] of entries) {
    const name = key.startsWith(':') || key.startsWith('@') ? key.slice(1) : key
    if (named.has(name)) throw new Failure('invalid', `The parameter \`${name.slice(0, 100)}\` is given twice`)
    if (value !== undefined) named.set(name, value)
  }
  return named
}

/** Of those that fit: the one whose types are nearest to the arguments, then the one with the fewest parameters. */
function fittingOverload(overloads: readonly Routine[], given: Arguments): Fit {
  let best: Fit | undefined
  let failure: unknown
  for (const routine of overloads) {
    try {
      const fit = fitOf(routine, given)
      if (!best || better(fit, best)) best = fit
    } catch (thrown) {
      failure ??= thrown
    }
  }
  if (best) return best
  if (overloads.length === 1) throw failure
  const [first] = overloads
  throw new Failure('invalid', `No overload of \`${first?.name ?? ''}\` takes these parameters`, {
    hint: `There are: ${overloads.slice(0, 10).map(signatureOf).join('; ')}`,
  })
}

function better(fit: Fit, than: Fit): boolean {
  if (fit.near !== than.near) return fit.near > than.near
  return inputsOf(fit.routine).length < inputsOf(than.routine).length
}

/** Parameters that a caller gives. */
export function inputsOf(routine: Routine): readonly Parameter[] {
  return routine.parameters.filter((p) => p.mode !== 'out')
}

/** `monthly_report(year integer, month integer = default)` */
export function signatureOf(routine: Routine): string {
  const parameters = inputsOf(routine).map((p) => `${p.name} ${p.nativeType}${p.required ? '' : ' = default'}`)
  return `${routine.name}(${parameters.join(', ')})`
}

function fitOf(routine: Routine, given: Arguments): Fit {
  const inputs = inputsOf(routine)
  const values = new Map<string, Scalar>()
  let near = 0
  if (given.by === 'position' && given.values.length > inputs.length) {
    throw new Failure('invalid', `\`${routine.name}\` takes ${inputs.length} parameters, not ${given.values.length}`, {
      hint: signatureOf(routine),
    })
  }
  if (given.by === 'name') onlyKnown(routine, inputs, given.values)
  inputs.forEach((parameter, i) => {
    const value = given.by === 'position' ? given.values[i] : given.values.get(parameter.name)
    if (value === undefined) {
      if (!parameter.required) return
      throw new Failure('invalid', `\`${routine.name}\` needs the parameter \`${parameter.name}\``, {
        hint: signatureOf(routine),
        context: { parameter: parameter.name },
      })
    }
    values.set(parameter.name, coerce(value, parameter))
    near += nearness(value, parameter.type)
  })
  return { routine, values, near }
}

function onlyKnown(routine: Routine, inputs: readonly Parameter[], given: ReadonlyMap<string, JsonValue>): void {
  for (const name of given.keys()) {
    if (inputs.some((p) => p.name === name)) continue
    const out = routine.parameters.some((p) => p.name === name)
    const message = out
      ? `\`${name}\` is answered by \`${routine.name}\`, not given to it`
      : `\`${routine.name}\` has no parameter \`${name.slice(0, 100)}\``
    throw new Failure('invalid', message, {
      hint: suggest(
        name,
        'Parameters',
        inputs.map((p) => p.name),
      ),
      context: { parameter: name.slice(0, 100) },
    })
  }
}

/** How near a JSON value is to a type: 2 is its own, 1 is a whole number for a type with a fraction, 0 is converted. */
function nearness(value: JsonValue, type: ScalarType): number {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? 2 : 0
    case 'integer':
    case 'bigint':
      return isWhole(value) ? 2 : 0
    case 'decimal':
    case 'float':
      if (isWhole(value)) return 1
      return typeof value === 'number' || value instanceof ExactNumber ? 2 : 0
    case 'json':
      return isJsonObject(value) ? 2 : Array.isArray(value) ? 1 : 0
    case 'array':
      return Array.isArray(value) ? 2 : 0
    case 'uuid':
    case 'date':
    case 'time':
    case 'datetime':
    case 'datetimetz':
    case 'binary':
      // What is neither text nor of the type was refused already, so such a type says more than text does.
      return 2
    case 'text':
    case 'interval':
    case 'other':
      return typeof value === 'string' ? 1 : 0
    default:
      return type satisfies never
  }
}

function isWhole(value: JsonValue): boolean {
  return Number.isInteger(value) || (value instanceof ExactNumber && /^-?\d+$/.test(value.text))
}
