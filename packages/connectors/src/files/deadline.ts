/** The outcome, or what `onLate` answers as an error when it does not come in so many milliseconds; 0 waits for ever. */
export function withDeadline<T>(outcome: Promise<T>, milliseconds: number, onLate: () => Error): Promise<T> {
  if (milliseconds <= 0) return outcome
  return new Promise<T>((resolve, reject) => {
    const late = setTimeout(() => reject(onLate()), milliseconds)
    outcome.then(resolve, reject).finally(() => clearTimeout(late))
  })
}
