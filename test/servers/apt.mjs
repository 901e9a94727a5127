import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRoot, run, which } from './process.mjs'

/** Two test files may want a package at the same time, and an update does not wait for another one. */
const lock = join(tmpdir(), 'gatehouse-apt.lock')

/**
 * The path of a program; installs its Debian package first where this may be done.
 * @returns {Promise<{ path: string } | { skipped: string }>}
 */
export async function program(/** @type {string} */ name, /** @type {string} */ debianPackage) {
  return findOrInstall(name, debianPackage, () => which(name))
}

/**
 * The path of a file that is no program; installs its Debian package first where this may be done.
 * @returns {Promise<{ path: string } | { skipped: string }>}
 */
export async function file(/** @type {string} */ path, /** @type {string} */ debianPackage) {
  return findOrInstall(path, debianPackage, async () => (existsSync(path) ? path : undefined))
}

/**
 * The path of Debian's Python where it has a module; installs the module's package first where this may be done.
 * @returns {Promise<{ path: string } | { skipped: string }>}
 */
export async function pythonWith(/** @type {string} */ module, /** @type {string} */ debianPackage) {
  const python = '/usr/bin/python3'
  const imports = () =>
    run(python, ['-c', `import ${module}`]).then(
      () => python,
      () => undefined,
    )
  return findOrInstall(`Python's ${module}`, debianPackage, imports)
}

/** @returns {Promise<{ path: string } | { skipped: string }>} */
async function findOrInstall(
  /** @type {string} */ name,
  /** @type {string} */ debianPackage,
  /** @type {() => Promise<string | undefined>} */ find,
) {
  const found = await find()
  if (found) return { path: found }
  if (!isRoot() || !(await which('apt-get'))) {
    return {
      skipped: `${name} is not installed (Debian package ${debianPackage}), and only root on Debian could install it`,
    }
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const wait = ['-o', 'DPkg::Lock::Timeout=180', '-qq']
  try {
    await run('flock', [lock, 'apt-get', ...wait, 'update'], { env })
    await run('flock', [lock, 'apt-get', ...wait, 'install', '-y', '--no-install-recommends', debianPackage], { env })
  } catch (error) {
    return { skipped: `${debianPackage} could not be installed: ${String(error).split('\n')[0]}` }
  }
  const path = await find()
  return path ? { path } : { skipped: `${debianPackage} was installed, but has no ${name}` }
}
