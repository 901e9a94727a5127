import { BoundedMap } from './bounded-map.js'

/**
 * What was looked up, each until a time of its own or until it is said to have changed. What was read before a change
 * may be out of date when it arrives, and is not kept then.
 */
export class Lookups<V extends { readonly until: number }> {
  readonly #known: BoundedMap<string, V>
  readonly #now: () => number
  /** Of many who ask for one thing at once, one looks it up. */
  readonly #running = new Map<string, Promise<V>>()
  #changes = 0

  constructor(most: number, now: () => number) {
    this.#known = new BoundedMap(most)
    this.#now = now
  }

  get(key: string): V | undefined {
    const value = this.#known.get(key)
    return value && value.until > this.#now() ? value : undefined
  }

  /** Finds it anew, and keeps it unless something has changed meanwhile. */
  async find(key: string, find: () => Promise<V>, isKept: (value: V) => boolean = () => true): Promise<V> {
    const before = this.#changes
    const value = await find()
    if (before === this.#changes && isKept(value)) this.#known.set(key, value)
    return value
  }

  /** As `find`, but who asks while that runs gets the same answer. */
  share(key: string, find: () => Promise<V>, isKept?: (value: V) => boolean): Promise<V> {
    let running = this.#running.get(key)
    if (!running) {
      running = this.find(key, find, isKept).finally(() => {
        if (this.#running.get(key) === running) this.#running.delete(key)
      })
      this.#running.set(key, running)
    }
    return running
  }

  forget(key: string): void {
    this.#changed()
    this.#known.delete(key)
  }

  forgetWhere(concerns: (value: V) => boolean): void {
    this.#changed()
    this.#known.deleteWhere(concerns)
  }

  clear(): void {
    this.#changed()
    this.#known.clear()
  }

  #changed(): void {
    this.#changes++
    this.#running.clear()
  }
}
