// npm test [-- FILTER ...]: everything, against the real servers that this machine can have.
import { bin, prepare, run } from './prepare.mjs'

prepare()
run(bin('vitest'), ['run', ...process.argv.slice(2)])
