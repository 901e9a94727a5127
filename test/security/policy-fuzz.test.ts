import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Backend, OpenBackend } from '../backends/backend.js'
import { mariadb } from '../backends/mariadb.js'
import { postgres } from '../backends/postgres.js'
import { sqlite } from '../backends/sqlite.js'
import { type RunningGateway, startGateway, testKey } from '../harness/running-gateway.js'
import { ask, type Desk, type Told } from './fuzz/ask.js'
import * as arbitrary from './fuzz/callers.js'
import { judge, judgeWrite, type Verdict } from './fuzz/judge.js'
import { type Caller, roleConfig, sightline } from './fuzz/oracle.js'
import { type Question, question } from './fuzz/questions.js'
import { twinOf } from './fuzz/twin.js'
import { fill, read, schemaStatements, tableNames, tables, world } from './fuzz/world.js'
import { createMcpClient } from './mcp-client.js'

/**
 * Random roles and random questions, on each database: no question widens what the roles allow. Each answer is held
 * against what an independent oracle says of it, and against the answer of a twin database that differs only in what
 * the caller may not see.
 *
 * GATEHOUSE_LONG=1 runs twenty times as many. GATEHOUSE_FUZZ_SEED repeats a run. GATEHOUSE_FUZZ_LOG=error shows what was counted, and the log.
 */
const long = process.env.GATEHOUSE_LONG === '1'
const size = long ? { rounds: 40, callers: 5, questions: 40 } : { rounds: 4, callers: 4, questions: 25 }
const seed = Number(process.env.GATEHOUSE_FUZZ_SEED ?? (long ? randomInt(1_000_000_000) : 20_261_121))

// Both gateways mask with the same key, so that their hashes are the same.
process.env.GATEHOUSE_KEY = '5a'.repeat(32)

interface Tally {
  questions: number
  compared: number
  changed: number
  differences: number
  /** Answers by status. */
  readonly statuses: Map<number, number>
  readonly verdicts: Record<Verdict, number>
}

describe.each([
  { backend: sqlite, seed },
  { backend: postgres, seed: seed + 1_000_000 },
  { backend: mariadb, seed: seed + 2_000_000 },
])('row and column policy on $backend.name', ({ backend, seed }) => {
  it(
    `holds for ${size.rounds * size.callers * size.questions} questions (seed ${seed})`,
    async (context) => {
      const [first, second] = [await backend.open(), await backend.open()]
      if ('skipped' in first) return context.skip(`${backend.name}: ${first.skipped}`)
      if ('skipped' in second) return context.skip(`${backend.name}: ${second.skipped}`)
      const tally: Tally = {
        questions: 0,
        compared: 0,
        changed: 0,
        differences: 0,
        statuses: new Map(),
        verdicts: { exact: 0, refused: 0, bounded: 0 },
      }
      try {
        for (const database of [first, second]) await prepare(backend, database)
        for (let round = 0; round < size.rounds; round++) await runRound({ seed, round }, first, second, tally)
      } finally {
        await first.close()
        await second.close()
      }
      if (process.env.GATEHOUSE_FUZZ_LOG)
        process.stderr.write(`${backend.name} ${JSON.stringify({ ...tally, statuses: [...tally.statuses] })}\n`)
      expect(tally.questions).toBe(size.rounds * size.callers * size.questions)
      // None of the properties was met by having nothing to look at.
      expect(tally.verdicts.exact).toBeGreaterThan(tally.questions / 12)
      expect(tally.verdicts.refused).toBeGreaterThan(tally.questions / 10)
      expect(tally.compared).toBeGreaterThan(tally.questions / 3)
      expect(tally.changed).toBeGreaterThan(tally.questions / 60)
      expect(tally.differences).toBeGreaterThan(size.rounds * size.callers * 10)
      expect(tally.statuses.get(200)).toBeGreaterThan(tally.questions / 4)
    },
    long ? 3_600_000 : 120_000,
  )
})

async function prepare(backend: Backend, database: OpenBackend): Promise<void> {
  await database.run(schemaStatements(backend))
  await fill(database, world)
}

interface Draw {
  readonly seed: number
  readonly round: number
}

async function runRound(draw: Draw, first: OpenBackend, second: OpenBackend, tally: Tally): Promise<void> {
  const drawn = fc.sample(arbitrary.caller, { seed: draw.seed + draw.round, numRuns: size.callers })
  const callers: readonly Caller[] = drawn.map((caller, i) => ({ ...caller, name: `c${i}` }))
  const gateways = [await open(first, callers), await open(second, callers)] as const
  try {
    for (const caller of callers) await runCaller(draw, caller, gateways, [first, second], tally)
  } finally {
    for (const gateway of gateways) await gateway.close()
  }
}

function open(database: OpenBackend, callers: readonly Caller[]): Promise<RunningGateway> {
  const roles = callers.flatMap(({ name, roles: own }) => own.map((role, i) => [`${name}r${i}`, roleConfig(role)]))
  return startGateway({
    ...(process.env.GATEHOUSE_FUZZ_LOG ? { log: { level: process.env.GATEHOUSE_FUZZ_LOG } } : {}),
    services: { fuzz: { ...database.service, refresh: '0' } },
    roles: Object.fromEntries(roles),
    keys: callers.map(({ name, roles: own, attributes }) => ({
      name,
      roles: own.map((_, i) => `${name}r${i}`),
      attributes,
      key: testKey(name),
    })),
  })
}

async function runCaller(
  { seed, round }: Draw,
  caller: Caller,
  gateways: readonly [RunningGateway, RunningGateway],
  databases: readonly [OpenBackend, OpenBackend],
  tally: Tally,
): Promise<void> {
  const twin = twinOf(world, caller)
  tally.differences += twin.differences
  await fill(databases[1], twin.world)
  const desks = gateways.map(({ url, api, key }) => ({
    api: api(caller.name),
    mcp: createMcpClient(url, key(caller.name)),
  }))
  const [desk, other] = desks as [Desk, Desk]
  await fc.assert(
    fc.asyncProperty(question, async (asked) => {
      tally.questions++
      const told = await ask(desk, asked)
      tally.statuses.set(told.status, (tally.statuses.get(told.status) ?? 0) + 1)
      const writes = asked.ask === 'update' || asked.ask === 'delete' || asked.ask === 'create'
      const after = writes ? await read(databases[0]) : world
      try {
        tally.verdicts[judge(caller, asked, told, after)]++
        const changes = judgeWrite(caller, asked, after)
        if (changes > 0) tally.changed++
        if (!isComparable(asked) || !isOrdered(caller, asked)) return
        tally.compared++
        const twins = await ask(other, asked)
        expect(comparable(twins, gateways[1].url, asked)).toBe(comparable(told, gateways[0].url, asked))
      } finally {
        if (writes) {
          await fill(databases[0], world)
          await fill(databases[1], twin.world)
        }
      }
    }),
    {
      seed: seed + round * 1000 + Number(caller.name.slice(1)),
      numRuns: size.questions,
      reporter: (run) => {
        if (!run.failed) return
        const error = run.errorInstance instanceof Error ? run.errorInstance.message : String(run.errorInstance)
        const asked = JSON.stringify(run.counterexample?.[0])
        throw new Error(
          `${error}\nQuestion: ${asked}\nCaller: ${JSON.stringify(caller)}\nSeed: ${seed}, round ${round}`,
        )
      },
    },
  )
}

/**
 * Whether an id is taken, or refers to something, is told by the database's own constraints to whoever may write: such
 * answers depend on hidden rows in every system that has keys, and are left out.
 */
function isComparable(asked: Question): boolean {
  switch (asked.ask) {
    case 'create':
      return false
    case 'update':
      return !('person_id' in asked.set || 'badge_id' in asked.set)
    case 'delete':
      return asked.table === 'visits' || asked.table === 'wearing'
    default:
      return true
  }
}

/**
 * Rows that are alike in all that the caller sees have no order, so whoever does not see the key of a table may get
 * them in another one each time.
 */
function isOrdered(caller: Caller, question: Question): boolean {
  const { ask: asking, surface, table } = question
  // One of several records that have the value is any of them.
  if (question.ask === 'one' && (question.idField ?? 'id') !== 'id') return false
  if (asking !== 'list' && asking !== 'pages' && asking !== 'one' && asking !== 'by_field' && asking !== 'cursor') {
    return true
  }
  const line = sightline(caller, surface, world)
  const related = asking === 'list' || asking === 'one' ? tableNames : [table]
  return related.every((name) => !line.knowsTable(name) || line.usable(name, 'read', tables[name].key).length > 0)
}

/** An answer without the gateway's own address, and without what the planner estimates from its statistics. */
function comparable({ text, status, json }: Told, url: string, asked: Question): string {
  // Databases answer the rows that they change in no order.
  const writes = asked.ask === 'update' || asked.ask === 'delete'
  if (writes && status === 200 && Array.isArray(json?.resource)) {
    return json.resource
      .map((row: unknown) => JSON.stringify(row))
      .sort()
      .join()
  }
  const here = text.replaceAll(url, '<url>')
  const estimated = asked.ask === 'list' && asked.count === 'estimated'
  const plain = here
    .replace(/\\?"estimate\\?":\{[^}]*\},?/g, '')
    .replace(
      /\\?"row(s|_estimate)\\?":\d+,?/g,
      asked.ask === 'describe' || (asked.ask === 'list' && asked.schema) ? '' : '$&',
    )
  return estimated ? plain.replace(/\\?"count\\?":\d+/g, '').replace(/\\?"count_estimated\\?":\w+/g, '') : plain
}
