// npm start [-- --config FILE --port N]
import { join } from 'node:path'
import { prepare, root } from './prepare.mjs'

prepare()
stopWithParent()
const { main } = await import(join(root, 'services', 'gateway', 'dist', 'index.js'))
process.exitCode = await main(['start', ...process.argv.slice(2)])

/**
 * npm runs this in a shell and hands signals to that, and the shell ends without handing them on. So when the parent
 * is gone, this is to stop as if it had been asked itself.
 */
function stopWithParent() {
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    process.kill(process.pid, 'SIGTERM')
  }, 250)
  watch.unref()
}
