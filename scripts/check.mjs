// npm run check: format, lint with the import rules, types, unused code.
import { bin, prepare, run } from './prepare.mjs'

prepare()
run(bin('biome'), ['ci', '--error-on-warnings', '.'])
run(bin('tsc'), ['-b'])
run(bin('knip'), [])
