import type { BindValue, Connect, Executed, ExecuteOptions, OracleConnection } from '../connection.js'
import { isOut } from '../connection.js'

/** A statement that reached a connection. */
interface Recorded {
  readonly text: string
  readonly values: readonly BindValue[]
}

/** What a double answers to a statement; undefined: it has no answer of its own. */
export type Answer = (text: string, values: readonly BindValue[], options: ExecuteOptions) => AnswerValue | undefined
interface AnswerValue {
  readonly rows?: readonly (readonly unknown[])[]
  readonly columns?: readonly { readonly name: string; readonly type: string }[]
  readonly affected?: number
  readonly out?: readonly unknown[]
  readonly results?: Executed['results']
}

export interface RecordingOptions {
  readonly serverVersion?: number
  readonly user?: string
  readonly answer?: Answer
}

/** Connections that are none: they write down what they are asked, and answer what they were told to. */
export interface Recording extends Connect {
  readonly statements: Recorded[]
  readonly connections: RecordedConnection[]
}
interface RecordedConnection extends OracleConnection {
  readonly proxy: string | undefined
  readonly marks: { readonly identifier: string; readonly info: string }[]
  breaks: number
  closed: boolean
}

export function recording(options: RecordingOptions = {}): Recording {
  const statements: Recorded[] = []
  const connections: RecordedConnection[] = []
  return {
    statements,
    connections,
    async open(proxy) {
      const connection: RecordedConnection = {
        serverVersion: options.serverVersion ?? 2_306_000_000,
        user: options.user ?? 'SHOP',
        proxy,
        marks: [],
        breaks: 0,
        closed: false,
        async execute(text, values, asked) {
          statements.push({ text, values })
          return executed(options.answer?.(text, values, asked) ?? plausible(text, values), values)
        },
        async break() {
          connection.breaks++
        },
        mark: (client) => connection.marks.push(client),
        healthy: () => !connection.closed,
        async close() {
          connection.closed = true
        },
      }
      connections.push(connection)
      return connection
    },
  }
}

function executed(answer: AnswerValue, values: readonly BindValue[]): Executed {
  const { rows, columns = [], affected = 0, out, results } = answer
  return {
    affected,
    ...(rows ? { rows: rowsOf(rows, columns) } : {}),
    ...(out ? { out } : values.some(isOut) ? { out: [] } : {}),
    ...(results ? { results } : {}),
  }
}

/** A cursor over rows that are at hand. */
export function rowsOf(
  rows: readonly (readonly unknown[])[],
  columns: readonly { readonly name: string; readonly type: string }[] = [],
): NonNullable<Executed['rows']> & { closed: boolean } {
  let at = 0
  const cursor = {
    columns,
    closed: false,
    async next(count: number) {
      const batch = rows.slice(at, at + count)
      at += batch.length
      return batch
    },
    async close() {
      cursor.closed = true
    },
  }
  return cursor
}

/** One row of ones for a query, one for each bind of RETURNING: enough for what follows to be asked. */
function plausible(text: string, values: readonly BindValue[]): AnswerValue {
  if (text.startsWith('SELECT')) return { rows: [Array<string>(selectedIn(text)).fill('1')] }
  const outs = values.filter(isOut)
  if (!/^(INSERT|UPDATE|DELETE|MERGE)/.test(text)) return { out: outs.map(() => null) }
  return { affected: 1, ...(outs.length > 0 ? { out: outs.map(() => ['1']) } : {}) }
}

/** How many columns a query has: commas outside of brackets and texts, up to its own FROM. */
function selectedIn(text: string): number {
  let depth = 0
  let columns = 1
  for (const token of text.slice('SELECT'.length).matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[(),]|\bFROM\b|\S/g)) {
    if (token[0] === '(') depth++
    else if (token[0] === ')') depth--
    else if (token[0] === ',' && depth === 0) columns++
    else if (token[0] === 'FROM' && depth === 0) break
  }
  return columns
}
