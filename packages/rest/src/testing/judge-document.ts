import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { JsonObject } from '@gatehouse/core'

const run = promisify(execFile)
const beside = (manifest: string, file: string) => join(dirname(fileURLToPath(manifest)), file)

/** What the linter says of these documents by its recommended rules; throws for an error. Warnings are in the text. */
export async function lintDocuments(documents: Readonly<Record<string, JsonObject>>): Promise<string> {
  return inFolder(async (folder) => {
    const names: string[] = []
    for (const [name, document] of Object.entries(documents)) {
      names.push(`${name}.json`)
      await writeFile(join(folder, `${name}.json`), JSON.stringify(document))
    }
    const cli = beside(import.meta.resolve('@redocly/cli/package.json'), 'bin/cli.js')
    // The paths of folders end in a slash, and are not those of files.
    const rules = ['--extends=recommended', '--skip-rule=no-path-trailing-slash']
    const { stdout, stderr } = await run(process.execPath, [cli, 'lint', ...rules, ...names], {
      cwd: folder,
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    })
    return stdout + stderr
  })
}

/** Generates types from a document, and compiles them with code that uses them as `./api.js`; throws where that fails. */
export async function compileClient(document: JsonObject, code: string): Promise<void> {
  await inFolder(async (folder) => {
    await writeFile(join(folder, 'spec.json'), JSON.stringify(document))
    await writeFile(join(folder, 'use.ts'), code)
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
    const generator = beside(import.meta.resolve('openapi-typescript/package.json'), 'bin/cli.js')
    await run(process.execPath, [generator, 'spec.json', '-o', 'api.ts'], { cwd: folder })
    const strict = ['--strict', '--noEmit', '--skipLibCheck', '--lib', 'es2022', '--target', 'es2022']
    const compiler = beside(import.meta.resolve('typescript/package.json'), 'bin/tsc')
    await run(process.execPath, [compiler, ...strict, '--module', 'nodenext', 'use.ts'], { cwd: folder }).catch(
      (failed: Error & { readonly stdout?: string }) => {
        throw new Error(failed.stdout ?? failed.message)
      },
    )
  })
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-openapi-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
