import { afterAll, beforeAll, beforeEach, type TestContext } from 'vitest'

export interface Closable {
  close(): Promise<void>
}

/** What opens a place that is empty and the caller's own, or says why there is none. */
export interface Opener<Opened extends Closable> {
  readonly name: string
  open(): Promise<Opened | { readonly skipped: string }>
}

/**
 * Opens a place before the tests of the block it is called in, hands it to `ready`, and closes it after them. Where the
 * place is not to be had, each test is skipped with the reason. What `ready` opens on the place is closed by an afterAll
 * that comes after this call: vitest runs the last one first.
 */
export function keepOpen<Opened extends Closable>(
  opener: Opener<Opened>,
  ready: (opened: Opened) => void | Promise<void>,
): void {
  let place: Opened | undefined
  let skipped: string | undefined

  beforeAll(async () => {
    const opened = await opener.open()
    if ('skipped' in opened) {
      skipped = opened.skipped
      return
    }
    place = opened
    await ready(opened)
  })
  beforeEach((context: TestContext) => {
    if (skipped !== undefined) context.skip(`${opener.name}: ${skipped}`)
  })
  afterAll(() => place?.close())
}
