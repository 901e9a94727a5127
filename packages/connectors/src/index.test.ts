import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

/** What a file of ours imports as it is loaded, itself and by what it imports: names of packages, and files. */
function imported(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found
  found.add(file)
  const text = readFileSync(file, 'utf8')
  for (const [, name = ''] of text.matchAll(/^(?:import|export) (?!type )(?:[\w*{},\s]+ from )?'([^']+)'$/gm)) {
    if (name.startsWith('.')) imported(join(dirname(file), name.replace(/\.js$/, '.ts')), found)
    else found.add(name)
  }
  return found
}

it('no client library is loaded before a service needs it', () => {
  const names = [...imported(join(import.meta.dirname, 'index.ts'))]
  expect(names.filter((name) => name.endsWith('/config.ts')).length).toBeGreaterThan(8)
  const packages = names.filter((name) => !name.startsWith('/') && !name.startsWith('node:'))
  // Storages share two that read and write archives.
  expect(packages.sort()).toEqual(['@gatehouse/core', 'yauzl', 'yazl'])
})
