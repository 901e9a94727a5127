#!/usr/bin/env node
// The command line: `npx gatehouse COMMAND`. Compiles first where the checkout has changed.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const scripts = new URL('../../../scripts/prepare.mjs', import.meta.url)
if (existsSync(fileURLToPath(scripts))) (await import(scripts.href)).prepare()
const { main } = await import('../dist/index.js')
process.exitCode = await main(process.argv.slice(2))
