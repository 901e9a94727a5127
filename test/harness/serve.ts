import { afterAll } from 'vitest'
import { type Closable, keepOpen, type Opener } from './keep-open.js'
import type { RunningGateway } from './running-gateway.js'

/** What the tests of a block share. */
export interface Serving<Opened extends Closable> {
  readonly place: Opened
  readonly gateway: RunningGateway
}

/**
 * Opens a place and a gateway before it for the tests of the block it is called in, and closes both after them. Where
 * the place is not to be had, each test is skipped with the reason. `fill` puts into it what has to go through the
 * gateway.
 */
export function serve<Opened extends Closable>(
  backend: Opener<Opened>,
  start: (place: Opened) => Promise<RunningGateway>,
  fill?: (gateway: RunningGateway) => Promise<void>,
): Serving<Opened> {
  let place: Opened | undefined
  let gateway: RunningGateway | undefined

  keepOpen(backend, async (opened) => {
    place = opened
    gateway = await start(opened)
    await fill?.(gateway)
  })
  afterAll(() => gateway?.close())

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
