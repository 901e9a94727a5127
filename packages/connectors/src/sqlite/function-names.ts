/** What the functions are called that every connection has; see functions.ts and aggregate-functions.ts. */
export const functions = {
  /** (value, encoding, scale or -1): the value as JSON text, as the writer prints it. */
  print: 'gatehouse_print',
  /** (decimal as text): a text that sorts by the number's value. */
  decimalKey: 'gatehouse_decimal_key',
  /** (text, LIKE pattern): without heed of case. */
  ilike: 'gatehouse_ilike',
  /** (text, part in lower case): without heed of case; so are the next two. */
  contains: 'gatehouse_contains',
  startsWith: 'gatehouse_starts_with',
  endsWith: 'gatehouse_ends_with',
  /** (text, JavaScript regular expression). */
  regexp: 'gatehouse_regexp',
  /** (key, text): SHA-256 of both, in hexadecimal digits. */
  hash: 'gatehouse_hash',
  /** Exact, of decimals as texts. */
  decimalSum: 'gatehouse_decimal_sum',
  decimalAvg: 'gatehouse_decimal_avg',
  decimalMin: 'gatehouse_decimal_min',
  decimalMax: 'gatehouse_decimal_max',
  /** Of a sample (n - 1). */
  stddev: 'gatehouse_stddev',
} as const
