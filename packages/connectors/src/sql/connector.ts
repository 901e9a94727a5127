import {
  type CallContext,
  type CallPlan,
  type Capabilities,
  type Catalog,
  type Connector,
  type DataPlan,
  emptyCatalog,
  Failure,
  type Permitted,
  type Result,
  type ServiceSettings,
  type TextResult,
  withVirtual,
} from '@gatehouse/core'
import { deleteBody } from './delete.js'
import type { Dialect } from './dialect.js'
import type { RunOptions, SqlDriver } from './driver.js'
import { insertBody } from './insert.js'
import { type Runner, runAggregate, runOptions, runSelect } from './read.js'
import { keepStatements, type Statements } from './statements.js'
import { updateBody } from './update.js'
import { runWrite } from './write.js'

/** What one SQL database brings to the shared connector. */
export interface SqlParts {
  readonly driver: SqlDriver
  /** May be made on the first introspection, when the server's version is known. */
  dialect(): Dialect
  readonly capabilities: Capabilities
  introspect(signal: AbortSignal): Promise<Catalog>
  /** Absent where the database has no routines. */
  callRoutine?(plan: CallPlan, options: RunOptions): Promise<TextResult>
  readonly settings: ServiceSettings
}

/** A connector made of a driver and a dialect: plans become statements here, for every SQL database alike. */
export function sqlConnector(parts: SqlParts): Connector {
  const { driver, settings } = parts
  let catalog: Catalog = emptyCatalog
  let runner: Runner | undefined
  let statements: Statements | undefined

  const running = (): Runner => {
    if (!runner) throw new Failure('unavailable', 'The service has not been reached yet', { retryAfter: 5 })
    return runner
  }

  return {
    capabilities: parts.capabilities,
    async introspect(signal) {
      const found = withVirtual(await parts.introspect(signal), settings.relationships ?? [])
      if (found.version !== catalog.version || !runner) {
        const dialect = parts.dialect()
        statements ??= keepStatements(dialect, settings.maskKey)
        catalog = found
        runner = { driver, dialect, statements, catalog, timeoutMs: settings.timeoutMs }
      }
      return found
    },
    execute: (plan, context) => execute(running(), parts, plan, context),
    close: () => driver.close(),
  }
}

function execute(runner: Runner, parts: SqlParts, plan: Permitted<DataPlan>, context: CallContext): Promise<Result> {
  switch (plan.kind) {
    case 'select':
      return runSelect(runner, plan, context)
    case 'aggregate':
      return runAggregate(runner, plan, context)
    case 'insert':
      return runWrite(runner, plan, context, insertBody)
    case 'update':
      return runWrite(runner, plan, context, updateBody)
    case 'delete':
      return runWrite(runner, plan, context, deleteBody)
    case 'call': {
      if (!parts.callRoutine) throw new Failure('unsupported', 'This database has no routines')
      if (plan.dryRun) return Promise.resolve({ kind: 'dry_run' })
      return parts.callRoutine(plan, runOptions(runner, plan.timeoutMs, context, plan.routine.readOnly))
    }
    default:
      return plan satisfies never
  }
}
