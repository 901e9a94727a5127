/**
 * The driver as it is built: it starts its workers from compiled files, which tests that run from source do not have
 * beside them. `tsc -b packages/connectors` makes them.
 */
export async function builtDriver(): Promise<typeof import('../driver.js')> {
  const file = new URL('../../../dist/sqlite/driver.js', import.meta.url)
  return (await import(file.href)) as typeof import('../driver.js')
}
