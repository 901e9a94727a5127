/** A promise that others settle. Nobody needs to wait for it: its rejection is not an unhandled one. */
export interface Deferred {
  readonly promise: Promise<void>
  resolve(): void
  reject(reason: unknown): void
}

export function deferred(): Deferred {
  let resolve = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  promise.catch(() => {})
  return { promise, resolve, reject }
}
