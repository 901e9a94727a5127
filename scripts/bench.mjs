// npm run bench [-- --rounds 30 --only 0,2]: ratios against hand-written servers on this machine.
import { join } from 'node:path'
import { prepare, root } from './prepare.mjs'

prepare()
await import(join(root, 'test', 'bench', 'run.mjs'))
