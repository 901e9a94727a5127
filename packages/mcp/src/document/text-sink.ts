/** Characters of a document that are read: about a million tokens, more than any model takes. */
const longest = 4_000_000

/** Collects text up to a bound. */
export class TextSink {
  #text = ''

  get full(): boolean {
    return this.#text.length >= longest
  }

  get text(): string {
    return this.#text
  }

  add(text: string): void {
    if (!this.full) this.#text += text.slice(0, longest - this.#text.length)
  }
}
