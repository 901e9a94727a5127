/** Uses left in the current window, and milliseconds until the next one. */
export interface WindowState {
  readonly remaining: number
  readonly msBeforeNext: number
  /** False: this use is beyond the limit. */
  readonly allowed: boolean
}

interface Window {
  used: number
  /** Milliseconds since 1970. */
  ends: number
}

/** How many names may be kept before those whose windows are over are dropped. */
const worthSweeping = 10_000

/**
 * Counts uses by name in windows of fixed length, in this process; a name's window begins with its first use. Answers at
 * once: every call waits for its limits, and a promise would cost it more than the counting.
 */
export class FixedWindows {
  readonly #points: number
  readonly #milliseconds: number
  readonly #windows = new Map<string, Window>()
  #sweepAt = worthSweeping

  constructor(points: number, seconds: number) {
    this.#points = points
    this.#milliseconds = seconds * 1000
  }

  consume(name: string): WindowState {
    const now = Date.now()
    let window = this.#windows.get(name)
    if (!window) {
      if (this.#windows.size >= this.#sweepAt) this.#sweep(now)
      window = { used: 0, ends: now + this.#milliseconds }
      this.#windows.set(name, window)
    } else if (window.ends <= now) {
      window.used = 0
      window.ends = now + this.#milliseconds
    }
    window.used++
    return {
      remaining: Math.max(0, this.#points - window.used),
      msBeforeNext: window.ends - now,
      allowed: window.used <= this.#points,
    }
  }

  #sweep(now: number): void {
    for (const [name, { ends }] of this.#windows) if (ends <= now) this.#windows.delete(name)
    // What is in use is looked at again only when it has doubled, so that sweeping stays cheap.
    this.#sweepAt = Math.max(worthSweeping, this.#windows.size * 2)
  }
}
