// npm start [-- --config FILE --port N]
import { join } from 'node:path'
import { prepare, root } from './prepare.mjs'

prepare()
const { main } = await import(join(root, 'services', 'gateway', 'dist', 'index.js'))
process.exitCode = await main(['start', ...process.argv.slice(2)])
