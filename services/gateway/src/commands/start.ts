import { parseArgs } from 'node:util'
import { prepareInstallation } from '../installation.js'
import { createLog } from '../log.js'
import type { Command } from '../main.js'
import { openConfig } from '../open-config.js'
import { openGateway, publicUrlOf } from '../open-gateway.js'
import { prepareSample } from '../sample/prepare-sample.js'
import { stopSignal } from '../stop-signal.js'
import { welcome } from '../welcome.js'
import { widenInlining } from '../widen-inlining.js'
import { isWorker, runWorkers, tellServing } from '../workers.js'

/** Serves until SIGTERM or SIGINT; then ends what runs, flushes the audit and closes the pools. */
export const start: Command = async (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: { config: { type: 'string' }, port: { type: 'string' }, 'new-key': { type: 'string' } },
  })
  const opened = openConfig(values.config)
  if (!opened) return 1
  const port = values.port === undefined ? undefined : Number(values.port)
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    process.stderr.write(`--port takes a number from 0 to 65535, not ${values.port}\n`)
    return 2
  }
  const log = createLog(opened.config.log)
  const stopped = stopSignal()
  widenInlining()
  const { workers } = opened.config.server
  if (!isWorker()) prepareSample(opened.config, log)
  if (workers > 1 && !isWorker()) {
    const made = await prepareInstallation(opened.config, values['new-key'])
    return runWorkers(workers, stopped, log, (port) => {
      const url = publicUrlOf(opened.config, port)
      process.stdout.write(welcome({ url, made, service: undefined }))
    })
  }
  const gateway = await openGateway(opened.config, {
    log,
    ...(port === undefined ? {} : { port }),
    ...(values['new-key'] === undefined || isWorker() ? {} : { newKey: values['new-key'] }),
  })
  if (isWorker()) tellServing(gateway.port)
  else process.stdout.write(welcome(gateway))
  const signal = await stopped
  log.info(`${signal}: finishing what runs`)
  await gateway.close()
  return 0
}
