import { Failure } from '../failure.js'

const space = /\s*/y
const word = /[\p{L}_][\p{L}\p{N}_$]*/uy
const key = /[\p{L}\p{N}_$]+/uy
const bare = /[^\s(),'"`&|]+/y

/** The most characters that a filter may have, and how deep it may nest. */
const maxFilterLength = 65_536
const maxFilterDepth = 64

/** What is read, in the words of messages about it. */
export interface Subject {
  readonly name: string
  /** Of a text that is too long. */
  readonly shorter: string
  /** Of a syntax error. */
  readonly form: string
}

const filterText: Subject = {
  name: 'filter',
  shorter: 'Use `ids`, or `params` with fewer values',
  form: "A condition is: column operator value, as in status = 'paid' and total > 100",
}

/** Reads a text left to right. Every pattern is sticky and without alternatives, so reading takes linear time. */
export class Scanner {
  readonly text: string
  position = 0
  private depth = 0
  private readonly subject: Subject

  constructor(text: string, subject = filterText) {
    this.text = text
    this.subject = subject
    if (text.length > maxFilterLength) {
      throw new Failure('invalid', `The ${subject.name} is longer than ${maxFilterLength} characters`, {
        hint: subject.shorter,
      })
    }
  }

  skip(): void {
    space.lastIndex = this.position
    space.test(this.text)
    this.position = space.lastIndex
  }

  /** The position of what comes next. */
  at(): number {
    this.skip()
    return this.position
  }

  get done(): boolean {
    this.skip()
    return this.position >= this.text.length
  }

  /** Takes `symbol` if it comes next. */
  take(symbol: string): boolean {
    this.skip()
    if (!this.text.startsWith(symbol, this.position)) return false
    this.position += symbol.length
    return true
  }

  /** The next word, without taking it; upper case. */
  peekWord(): string | undefined {
    this.skip()
    return this.match(word)?.toUpperCase()
  }

  /** Takes the keyword (upper case) if it comes next. */
  keyword(name: string): boolean {
    if (this.peekWord() !== name) return false
    this.position += name.length
    return true
  }

  takeWord(): string | undefined {
    this.skip()
    const found = this.match(word)
    if (found !== undefined) this.position += found.length
    return found
  }

  /** A run of characters up to white space, a comma, a bracket or a quote. */
  takeBare(): string | undefined {
    this.skip()
    const found = this.match(bare)
    if (found !== undefined) this.position += found.length
    return found
  }

  /** A key or an index behind `->`. */
  takeKey(): string | undefined {
    this.skip()
    const found = this.match(key)
    if (found !== undefined) this.position += found.length
    return found
  }

  /** A text in quotes, a quote inside doubled; undefined where no quote comes next. */
  takeQuoted(quotes: string): string | undefined {
    this.skip()
    const quote = this.text[this.position]
    if (quote === undefined || !quotes.includes(quote)) return undefined
    const start = this.position
    let from = start + 1
    let result = ''
    for (;;) {
      const end = this.text.indexOf(quote, from)
      if (end < 0) {
        this.position = start
        this.fail(`a closing ${quote}`)
      }
      result += this.text.slice(from, end)
      this.position = end + 1
      if (this.text[end + 1] !== quote) return result
      result += quote
      from = end + 2
    }
  }

  /** Runs `read` one level deeper. */
  nested<T>(read: () => T): T {
    if (++this.depth > maxFilterDepth) {
      throw new Failure('invalid', `The filter nests deeper than ${maxFilterDepth} levels`, {
        context: { position: this.position },
      })
    }
    const result = read()
    this.depth--
    return result
  }

  /** A syntax error here: what was expected, and what is there instead. */
  fail(expected: string): never {
    this.skip()
    const found =
      this.position >= this.text.length ? 'its end' : `\`${this.text.slice(this.position, this.position + 20)}\``
    throw new Failure(
      'invalid',
      `The ${this.subject.name} has ${found} at position ${this.position} where ${expected} was expected`,
      {
        hint: this.subject.form,
        context: { position: this.position, expected },
      },
    )
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position
    return pattern.exec(this.text)?.[0]
  }
}
