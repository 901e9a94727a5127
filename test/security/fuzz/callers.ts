import fc from 'fast-check'
import type { Condition, Value } from './condition.js'
import type { Caller, Entry, Mask, Role, Surface, Verb } from './oracle.js'
import { markNumber, type TableName, tableNames, tables, territories } from './world.js'

const verbs: readonly Verb[] = ['read', 'create', 'update', 'delete']
const masks: readonly Mask[] = ['null', 'redact', 'hash', 'partial', 'last4']

/** There in so many of a hundred cases. */
export function maybe<T>(percent: number, value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ arbitrary: value, weight: percent }, { arbitrary: fc.constant(undefined), weight: 100 - percent })
}

export function columnNames(table: TableName): readonly string[] {
  return Object.keys(tables[table].columns)
}

const attributes = fc.record({
  territory: fc.constantFrom(...territories),
  territories: fc.subarray([...territories], { minLength: 1 }),
  level: fc.integer({ min: 1, max: 4 }),
})

const literal = (value: number | string): Value => ({ literal: value })
const attribute = (name: string): Value => ({ attribute: name })

/** Policies as administrators write them: by attributes, by values, by what hangs together with a row. */
const policies: Readonly<Record<TableName, readonly Condition[]>> = {
  people: [
    { is: 'compare', column: 'territory', op: '=', value: attribute('territory') },
    { is: 'in', column: 'territory', values: [attribute('territories')], negated: false },
    { is: 'in', column: 'territory', values: [literal('north'), attribute('territory')], negated: true },
    {
      is: 'and',
      parts: [
        { is: 'compare', column: 'grade_no', op: '>=', value: attribute('level') },
        { is: 'null', column: 'territory', negated: true },
      ],
    },
    {
      is: 'or',
      parts: [
        { is: 'compare', column: 'territory', op: '=', value: literal('east') },
        { is: 'compare', column: 'grade_no', op: '<', value: attribute('level') },
      ],
    },
    { is: 'not', part: { is: 'compare', column: 'territory', op: '=', value: attribute('territory') } },
    {
      is: 'related',
      link: 'visits_by_person_id',
      part: { is: 'compare', column: 'mood_no', op: '>', value: literal(2) },
    },
    {
      is: 'related',
      link: 'badges_by_wearing',
      part: { is: 'compare', column: 'heft', op: '=', value: attribute('level') },
    },
    { is: 'between', column: 'id', low: 4, high: 12, negated: false },
    { is: 'compare', column: 'wages', op: '>', value: literal(markNumber(7)) },
  ],
  badges: [
    { is: 'compare', column: 'heft', op: '<=', value: attribute('level') },
    { is: 'null', column: 'heft', negated: false },
    { is: 'match', column: 'caption', op: 'contains', text: '.2.', negated: true },
  ],
  visits: [
    {
      is: 'related',
      link: 'people_by_person_id',
      part: { is: 'compare', column: 'territory', op: '=', value: attribute('territory') },
    },
    { is: 'compare', column: 'mood_no', op: '>=', value: attribute('level') },
    { is: 'not', part: { is: 'between', column: 'id', low: 5, high: 25, negated: false } },
    {
      is: 'or',
      parts: [
        { is: 'null', column: 'mood_no', negated: false },
        { is: 'in', column: 'mood_no', values: [literal(1), literal(3)], negated: false },
      ],
    },
  ],
  wearing: [
    { is: 'compare', column: 'tenure_no', op: '>', value: literal(1) },
    { is: 'compare', column: 'badge_id', op: '!=', value: attribute('level') },
    {
      is: 'related',
      link: 'people_by_person_id',
      part: { is: 'compare', column: 'territory', op: '!=', value: attribute('territory') },
    },
  ],
}

function someColumns(table: TableName, max: number): fc.Arbitrary<readonly string[]> {
  return fc.subarray([...columnNames(table)], { minLength: 1, maxLength: Math.min(max, columnNames(table).length) })
}

function entryFor(table: TableName): fc.Arbitrary<Entry> {
  return fc
    .record({
      verbs: fc.oneof(
        { arbitrary: fc.constant([...verbs]), weight: 6 },
        { arbitrary: fc.constant<Verb[]>(['read']), weight: 2 },
        { arbitrary: fc.subarray([...verbs], { minLength: 1 }), weight: 2 },
      ),
      surfaces: maybe(12, fc.constantFrom<readonly Surface[]>(['rest'], ['mcp'])),
      allow: maybe(8, someColumns(table, 6)),
      hide: maybe(35, someColumns(table, 2)),
      masked: maybe(45, someColumns(table, 2)),
      mask: fc.constantFrom(...masks),
      rows: maybe(65, fc.constantFrom(...policies[table])),
    })
    .map(({ allow, hide, masked, mask, rows, surfaces, verbs: granted }) => ({
      table,
      verbs: granted,
      ...(surfaces && { surfaces }),
      ...(allow && { allow }),
      ...(hide && { hide }),
      ...(masked && { mask: Object.fromEntries(masked.map((column) => [column, mask])) }),
      ...(rows && { rows }),
    }))
}

const role: fc.Arbitrary<Role> = fc
  .tuple(
    fc.tuple(
      ...tableNames.map((table) =>
        fc.oneof(
          { arbitrary: fc.tuple(entryFor(table)), weight: 8 },
          { arbitrary: fc.tuple(entryFor(table), entryFor(table)), weight: 3 },
          { arbitrary: fc.constant<Entry[]>([]), weight: 1 },
        ),
      ),
    ),
    maybe(15, fc.record({ table: fc.constantFrom(...tableNames), verbs: fc.subarray([...verbs], { minLength: 1 }) })),
    maybe(10, fc.subarray([...verbs], { minLength: 1 })),
  )
  .map(([entries, denial, everywhere]) => [
    ...entries.flat(),
    ...(denial ? [{ ...denial, deny: true }] : []),
    ...(everywhere ? [{ table: '*' as const, verbs: everywhere }] : []),
  ])

/** A caller of one or two roles. */
export const caller: fc.Arbitrary<Omit<Caller, 'name'>> = fc.record({
  roles: fc.oneof({ arbitrary: fc.tuple(role), weight: 3 }, { arbitrary: fc.tuple(role, role), weight: 1 }),
  attributes,
})
