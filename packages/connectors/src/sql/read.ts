import type {
  AggregatePlan,
  CallContext,
  Catalog,
  JsonText,
  PageResult,
  Permitted,
  Result,
  Scalar,
  SelectPlan,
} from '@gatehouse/core'
import type { Dialect } from './dialect.js'
import type { Raw, RunOptions, SqlDriver, WrittenRows } from './driver.js'
import { etagOf } from './etag.js'
import { aggregateSql, countSql, selectSql } from './read-sql.js'
import { shapeOfAggregate, shapeOfCount, shapeOfSelect } from './shape.js'
import { type Compiled, type Statements, valuesOf } from './statements.js'
import { noSuchRecord } from './write-failures.js'

/** What running a plan needs besides the plan. */
export interface Runner {
  readonly driver: SqlDriver
  readonly dialect: Dialect
  readonly statements: Statements
  readonly catalog: Catalog
  readonly timeoutMs: number
}

export function runOptions(
  runner: Runner,
  timeoutMs: number | undefined,
  { signal, identity }: CallContext,
  readOnly: boolean,
  brief = false,
  escaped = false,
): RunOptions {
  return { signal, timeoutMs: timeoutMs ?? runner.timeoutMs, identity, readOnly, brief, escaped }
}

export async function runSelect(runner: Runner, plan: Permitted<SelectPlan>, context: CallContext): Promise<Result> {
  const { driver, statements, catalog } = runner
  const brief = isBrief(plan, catalog)
  const options = runOptions(runner, plan.timeoutMs, context, true, brief, escapes(plan, context))
  if (plan.count === 'only') {
    const count = await countRows(runner, plan, options)
    return { kind: 'page', format: plan.format, text: '[]', rows: 0, more: false, count }
  }
  const { shape, offset } = shapeOfSelect(plan)
  const compiled = statements.of(shape, catalog, (c) => selectSql(c, plan, offset))
  const values = valuesOf(compiled, shape)
  if (plan.dryRun) return explain(runner, compiled, values, options)
  if (plan.stream) {
    const counted = await countedOf(runner, plan, options)
    const stream = driver.stream(compiled.statement, values, plan.limit, options)
    return { kind: 'stream', mediaType: mediaTypes[plan.format], chunks: stream.chunks, rows: stream.rows, ...counted }
  }
  const written = await driver.write(compiled.statement, values, plan.limit, options)
  if (plan.shape === 'one') {
    if (written.rows === 0) throw noSuchRecord(plan.table)
    const text = unwrap(written.text)
    return plan.etag ? { kind: 'record', text, etag: etagOf(text) } : { kind: 'record', text }
  }
  const page: { -readonly [K in keyof PageResult]: PageResult[K] } = pageOf(written, plan)
  if (written.more && plan.keyset && written.last) page.last = lastValues(runner, plan, written.last)
  if (plan.count === 'none') return page
  return { ...page, ...(await countedOf(runner, plan, options)) }
}

/** The count that was asked for, where the database can tell it. */
async function countedOf(
  runner: Runner,
  plan: SelectPlan,
  options: RunOptions,
): Promise<Pick<PageResult, 'count' | 'countEstimated'>> {
  if (plan.count === 'none') return {}
  if (plan.count !== 'estimated') return { count: await countRows(runner, plan, options) }
  const count = await estimateRows(runner, plan, options)
  return count === undefined ? {} : { count, countEstimated: true }
}

/** A read of a few rows by their primary key, with nothing that could make it long. */
function isBrief(plan: SelectPlan, catalog: Catalog): boolean {
  const { filter, policy, related } = plan
  const [key, ...more] = catalog.tables.get(plan.table)?.primaryKey ?? []
  if (!filter || related.length > 0 || more.length > 0 || (policy && policy.kind !== 'compare')) return false
  if (plan.columns.some(({ views }) => views?.some(({ when }) => when))) return false
  if (filter.kind === 'compare') return filter.op === '=' && filter.path.column === key
  return filter.kind === 'in' && !filter.negated && filter.path.column === key && filter.values.length <= mostBrief
}
const mostBrief = 8

export async function runAggregate(
  runner: Runner,
  plan: Permitted<AggregatePlan>,
  context: CallContext,
): Promise<Result> {
  const options = runOptions(runner, plan.timeoutMs, context, true, false, escapes(plan, context))
  const { shape, offset } = shapeOfAggregate(plan)
  const compiled = runner.statements.of(shape, runner.catalog, (c) => aggregateSql(c, plan, offset))
  const values = valuesOf(compiled, shape)
  if (plan.dryRun) return explain(runner, compiled, values, options)
  const written = await runner.driver.write(compiled.statement, values, plan.limit, options)
  return pageOf(written, plan)
}

function pageOf(written: WrittenRows, { format }: SelectPlan | AggregatePlan): PageResult {
  const { text, rows, more, escaped = false } = written
  return { kind: 'page', format, text, escaped, rows, more }
}

/** One record is taken out of its page, and CSV is no JSON. */
function escapes(plan: SelectPlan | AggregatePlan, { escaped = false }: CallContext): boolean {
  return (
    escaped &&
    (plan.kind === 'aggregate' || plan.shape === 'page') &&
    (plan.format === 'json' || plan.format === 'table')
  )
}

/** Of streams, by their format. */
export const mediaTypes = {
  json: 'application/json',
  table: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8',
} as const

/** `[{...}]` without its brackets. */
function unwrap(text: JsonText): JsonText {
  return typeof text === 'string' ? text.slice(1, -1) : text.subarray(1, -1)
}

function lastValues(runner: Runner, plan: SelectPlan, last: readonly Raw[]): Scalar[] {
  return plan.order.map((term, i) => runner.dialect.scalar(last[i] ?? null, term.path.type))
}

async function countRows(runner: Runner, plan: SelectPlan, options: RunOptions): Promise<number> {
  const shape = shapeOfCount(plan)
  const compiled = runner.statements.of(shape, runner.catalog, (c) => countSql(c, plan))
  const { rows } = await runner.driver.rows(compiled.statement, valuesOf(compiled, shape), options)
  return Number(rows[0]?.[0] ?? 0)
}

/** From the planner, at no more cost than planning. */
async function estimateRows(runner: Runner, plan: SelectPlan, options: RunOptions): Promise<number | undefined> {
  const { offset: _offset, after: _after, ...whole } = plan
  const all: SelectPlan = {
    ...whole,
    offset: 0,
    limit: Number.MAX_SAFE_INTEGER,
    stream: true,
    keyset: false,
    order: [],
    related: [],
  }
  const { shape } = shapeOfSelect(all)
  const compiled = runner.statements.of(shape, runner.catalog, (c) => selectSql(c, all, undefined))
  const result = await explain(runner, compiled, valuesOf(compiled, shape), options)
  return result.kind === 'dry_run' ? result.estimate?.rows : undefined
}

async function explain(
  runner: Runner,
  compiled: Compiled,
  values: readonly unknown[],
  options: RunOptions,
): Promise<Result> {
  const text = runner.dialect.explain(compiled.statement.text)
  const { rows } = await runner.driver.rows({ text }, values, options)
  return { kind: 'dry_run', estimate: runner.dialect.estimate(rows) }
}
