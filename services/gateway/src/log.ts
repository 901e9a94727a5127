import { type Logger, pino } from 'pino'
import type { Config } from './config/config.js'

export type { Logger }

const levels: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

/** Writes to standard error, so that standard output stays free for what a command answers (and for MCP over stdio). */
export function createLog(config: Config['log']): Logger {
  const options = { level: config.level, base: null, redact: ['*.password', '*.key', '*.connection', 'headers'] }
  if (config.format === 'json') return pino(options, process.stderr)
  return pino(options, { write: (line: string) => process.stderr.write(prettyLine(line)) })
}

/** `12:00:00.000 info  salesdb is up tables=12`: for eyes, not for machines. */
function prettyLine(line: string): string {
  const { time, level, msg, ...rest } = JSON.parse(line) as Record<string, unknown>
  const clock = new Date(Number(time)).toISOString().slice(11, 23)
  const details = Object.entries(rest).map(
    ([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return `${clock} ${(levels[Number(level)] ?? 'info').padEnd(5)} ${String(msg ?? '')}${details.join('')}\n`
}

/** An error for the log. A driver's own text may quote values of rows, so of a driver's error only its code is told. */
export function textOf(cause: unknown): string | undefined {
  if (cause === undefined) return undefined
  if (!(cause instanceof Error)) return typeof cause
  if ('code' in cause) return `${cause.name} ${String(cause.code)}`
  return cause.stack ?? cause.message
}
