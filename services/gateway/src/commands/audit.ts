import { parseArgs } from 'node:util'
import { readEventFile, verifyChain } from '@gatehouse/audit'
import { deriveKey, openKeyFile, openStore } from '@gatehouse/store'
import { defaultKeyFile } from '../installation.js'
import type { Command } from '../main.js'
import { openConfig } from '../open-config.js'

/** Checks the chain of audit events, in the store or in a JSON lines file. */
export const audit: Command = async (args) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { config: { type: 'string' }, file: { type: 'string' } },
  })
  if (positionals[0] !== 'verify') {
    process.stderr.write('Usage: gatehouse audit verify [--file FILE]\n')
    return 2
  }
  const opened = openConfig(values.config)
  if (!opened) return 1
  const store = values.file === undefined ? await openStore(opened.config.store.url) : undefined
  const events = store ? store.audit.read() : readEventFile(values.file ?? '')
  const report = await verifyChain(events, { sealKey: deriveKey(await openKeyFile(defaultKeyFile), 'audit seal') })
  await store?.close()
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  return report.ok ? 0 : 1
}
