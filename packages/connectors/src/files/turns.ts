/**
 * Lets one body at a time run for each key, in the order in which they came: for what a storage cannot do in one step.
 * Other processes are not held up by it.
 */
export function turns(): <T>(key: string, body: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<void>>()
  return async (key, body) => {
    const before = last.get(key)
    let done = () => {}
    const mine = new Promise<void>((resolve) => {
      done = resolve
    })
    last.set(key, mine)
    try {
      await before
      return await body()
    } finally {
      done()
      if (last.get(key) === mine) last.delete(key)
    }
  }
}
