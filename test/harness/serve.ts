import { afterAll, beforeAll, beforeEach, type TestContext } from 'vitest'
import type { RunningGateway } from './running-gateway.js'

/** What a backend opens: an empty place of its own, or the reason why there is none. */
interface Opener<Place> {
  readonly name: string
  open(): Promise<Place | { readonly skipped: string }>
}

/** What the tests of a block share. */
export interface Serving<Place> {
  readonly place: Place
  readonly gateway: RunningGateway
}

/**
 * Opens a place and a gateway before it for the tests of the block it is called in, and closes both after them. Where
 * the place is not to be had, each test is skipped with the reason. `fill` puts into it what has to go through the
 * gateway.
 */
export function serve<Place extends { close(): Promise<void> }>(
  backend: Opener<Place>,
  start: (place: Place) => Promise<RunningGateway>,
  fill?: (gateway: RunningGateway) => Promise<void>,
): Serving<Place> {
  let place: Place | undefined
  let gateway: RunningGateway | undefined
  let skipped: string | undefined

  beforeAll(async () => {
    const opened = await backend.open()
    if ('skipped' in opened) {
      skipped = opened.skipped
      return
    }
    place = opened
    gateway = await start(opened)
    await fill?.(gateway)
  })
  beforeEach((context: TestContext) => {
    if (skipped !== undefined) context.skip(`${backend.name}: ${skipped}`)
  })
  afterAll(async () => {
    await gateway?.close()
    await place?.close()
  })

  const running = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error(`${backend.name} is not open`)
    return value
  }
  return {
    get place() {
      return running(place)
    },
    get gateway() {
      return running(gateway)
    },
  }
}
