/** What a read may cost to share a connection, since those behind it wait for it. Milliseconds, as all here. */
const most = 1
/** What takes longer by itself is not tried with others. It is more than `most`, since it may have waited for whatever else ran. */
const mostAlone = 20
/** What a read is taken for until it was measured, and one by key. */
const atFirst = 0.25
const byKeyAtFirst = 0.05
/** So long a statement that was too slow stays away; twice as long where it is soon again. */
const firstAway = 10_000
const longestAway = 80_000
/** So many measurements tell; then one in so many groups is measured. */
const samples = 7
/** Fewer do not tell that it is slow. */
const fewest = 3
const each = 32
const mostKept = 2000

interface Cost {
  readonly byKey: boolean
  /** The middle one of `samples`. */
  ms: number
  samples: number[]
  /** Groups since the last measurement. */
  groups: number
  awayUntil: number
  away: number
}

/**
 * What statements cost on a connection that they share. A read by key is quick whatever it reads; of any other it shows
 * by what it takes by the server's clock. The gateway's own clock would tell more of how busy the gateway is.
 */
export class ReadCosts {
  private readonly known = new Map<string, Cost>()

  /** What a read with this statement will take; undefined where it is not known to be quick. */
  expected(name: string, byKey: boolean, now: number): number | undefined {
    const cost = this.known.get(name) ?? (byKey ? this.add(name, true) : undefined)
    return cost === undefined || now < cost.awayUntil ? undefined : cost.ms
  }

  /** It ran by itself, beside others on other connections. */
  alone(name: string, ms: number): void {
    if (ms < mostAlone && !this.known.has(name)) this.add(name, false)
  }

  /** Whether the group that leaves now is to be measured. */
  isDue(name: string): boolean {
    const cost = this.known.get(name)
    return cost !== undefined && (cost.samples.length < samples || ++cost.groups >= each)
  }

  /** Each one of a group took so long. */
  measured(name: string, ms: number, now: number): void {
    const cost = this.known.get(name)
    // What was under way when it was sent away tells nothing of how it is when it comes again.
    if (!cost || now < cost.awayUntil) return
    cost.groups = 0
    cost.samples.push(ms)
    if (cost.samples.length > samples) cost.samples.shift()
    cost.ms = [...cost.samples].sort((a, b) => a - b)[cost.samples.length >> 1] ?? ms
    if (cost.ms > most && cost.samples.length >= fewest && !cost.byKey) this.sendAway(name, now)
  }

  /** Something held up a group: what was measured before may no longer hold. */
  doubt(name: string): void {
    const cost = this.known.get(name)
    if (cost) cost.samples = []
  }

  /** It held up the others. */
  sendAway(name: string, now: number): void {
    const cost = this.known.get(name)
    if (!cost || now < cost.awayUntil) return
    const again = now < cost.awayUntil + longestAway
    cost.away = again ? Math.min(cost.away * 2, longestAway) : firstAway
    cost.awayUntil = now + cost.away
    cost.ms = cost.byKey ? byKeyAtFirst : atFirst
    cost.samples = []
  }

  private add(name: string, byKey: boolean): Cost {
    if (this.known.size >= mostKept) this.known.clear()
    const ms = byKey ? byKeyAtFirst : atFirst
    const cost = { byKey, ms, samples: [], groups: 0, awayUntil: Number.NEGATIVE_INFINITY, away: firstAway }
    this.known.set(name, cost)
    return cost
  }
}
