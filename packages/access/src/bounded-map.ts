/** A Map that forgets its oldest entries, so that what callers make up cannot fill the memory. */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  get(key: K): V | undefined {
    return this.#entries.get(key)
  }

  set(key: K, value: V): void {
    if (this.#entries.size >= this.#most) {
      const oldest = this.#entries.keys().next()
      if (!oldest.done) this.#entries.delete(oldest.value)
    }
    this.#entries.set(key, value)
  }

  delete(key: K): void {
    this.#entries.delete(key)
  }

  deleteWhere(gone: (value: V) => boolean): void {
    for (const [key, value] of this.#entries) if (gone(value)) this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }
}
