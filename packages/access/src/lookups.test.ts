import { expect, it } from 'vitest'
import { Lookups } from './lookups.js'

interface Found {
  readonly is: string
  readonly until: number
}
const until = 1_000

function lookups() {
  let time = 0
  const known = new Lookups<Found>(2, () => time)
  return {
    known,
    find: (key: string) => known.find(key, async () => ({ is: key, until })),
    wait: () => {
      time = until
    },
  }
}

it('keeps what was found until its time is over', async () => {
  const { known, find, wait } = lookups()
  await find('a')
  expect(known.get('a')?.is).toBe('a')
  wait()
  expect(known.get('a')).toBeUndefined()
})

it('forgets the oldest, and what it is told to', async () => {
  const { known, find } = lookups()
  for (const key of ['a', 'b', 'c']) await find(key)
  expect(['a', 'b', 'c'].map((key) => known.get(key)?.is)).toEqual([undefined, 'b', 'c'])
  known.forget('b')
  known.forgetWhere(({ is }) => is === 'c')
  expect(['b', 'c'].map((key) => known.get(key))).toEqual([undefined, undefined])
  await find('d')
  known.clear()
  expect(known.get('d')).toBeUndefined()
})

it.each([
  ['something is forgotten', (known: Lookups<Found>) => known.forget('other')],
  ['some are forgotten', (known: Lookups<Found>) => known.forgetWhere(() => false)],
  ['all are forgotten', (known: Lookups<Found>) => known.clear()],
])('does not keep what was read before %s', async (_, change) => {
  const { known } = lookups()
  const answer = deferred()
  const found = known.find('a', () => answer.promise)
  change(known)
  answer.resolve({ is: 'a', until })
  expect((await found).is).toBe('a')
  expect(known.get('a')).toBeUndefined()
})

it('looks once for many who ask at once, and anew for who asks after a change', async () => {
  const { known } = lookups()
  const answers = [deferred(), deferred()]
  let asked = 0
  const share = () => known.share('a', () => (answers[asked++] ?? deferred()).promise)
  const before = [share(), share()]
  known.clear()
  const after = share()
  expect(asked).toBe(2)
  answers[1]?.resolve({ is: 'new', until })
  expect((await after).is).toBe('new')
  answers[0]?.resolve({ is: 'old', until })
  expect((await Promise.all(before)).map(({ is }) => is)).toEqual(['old', 'old'])
  expect(known.get('a')?.is).toBe('new')
})

it('asks again after a failure', async () => {
  const { known } = lookups()
  await expect(known.share('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down')
  expect((await known.share('a', async () => ({ is: 'a', until }))).is).toBe('a')
})

it('keeps nothing that is not to be kept', async () => {
  const { known } = lookups()
  await known.share(
    'a',
    async () => ({ is: 'a', until }),
    () => false,
  )
  expect(known.get('a')).toBeUndefined()
})

function deferred() {
  let resolve: (value: Found) => void = () => {}
  const promise = new Promise<Found>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
