import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { connectorTypes } from '@gatehouse/connectors'
import type { Config } from './config/config.js'
import { loadConfig } from './config/load.js'
import type { Source } from './config/source.js'

export interface OpenedConfig {
  readonly path: string
  readonly config: Config
  readonly source: Source
}

/** The file that is used where none is named: `gatehouse.yaml` here, else `config/gatehouse.yaml`. */
function defaultPath(): string {
  return existsSync('gatehouse.yaml') ? 'gatehouse.yaml' : 'config/gatehouse.yaml'
}

/** The configuration, or undefined after all that is wrong with it was written to standard error. */
export function openConfig(given: string | undefined): OpenedConfig | undefined {
  const path = resolve(given ?? defaultPath())
  if (!existsSync(path)) {
    process.stderr.write(`There is no configuration file ${path}. Name one: --config FILE\n`)
    return undefined
  }
  const loaded = loadConfig(readFileSync(path, 'utf8'), process.env, connectorTypes)
  if (loaded.ok) return { path, config: loaded.config, source: loaded.source }
  const count = loaded.errors.length
  process.stderr.write(`${path}: ${count === 1 ? 'one error' : `${count} errors`}\n`)
  for (const error of loaded.errors) process.stderr.write(`  ${error}\n`)
  return undefined
}
