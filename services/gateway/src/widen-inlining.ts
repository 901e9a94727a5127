import { setFlagsFromString } from 'node:v8'

/**
 * A call runs through a hundred small functions of many modules, and V8 puts less of them into one another than pays
 * here: `docs/decisions/2026-11-21-inlining.md`. Read whenever a function is optimized, so it can be set while it runs.
 */
export function widenInlining(): void {
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=3000')
}
