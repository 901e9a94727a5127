import type { ErrorRule } from '../sql/error-rule.js'

const again = { hint: 'Try again', retryAfter: 1 } as const
const unfit = { code: 'unprocessable', message: 'A value does not fit its column' } as const
const refused = { code: 'unprocessable', message: 'The database does not take this value' } as const
const range = { code: 'unprocessable', message: 'A number is out of range' } as const
const changed = {
  code: 'unavailable',
  message: 'The schema of the database has changed',
  hint: 'The catalog is read again soon',
  retryAfter: 5,
} as const
const login = {
  code: 'unavailable',
  message: 'The database refuses the connection of this service',
  retryAfter: 5,
} as const
const room = { code: 'unavailable', message: 'The database is out of room', retryAfter: 5 } as const
const busy = { code: 'unavailable', message: 'The database is not ready', retryAfter: 5 } as const

/** By the numbers of sys.messages. */
const rules: readonly (readonly [numbers: readonly number[], rule: ErrorRule])[] = [
  [[2627, 2601], { code: 'conflict', message: 'A record with these values exists already' }],
  // 547 says by its text whether the record refers to nothing, others refer to it, or a check is broken; see errors.ts.
  [[547], { code: 'conflict', message: 'The change breaks a reference between records' }],
  [[515], { code: 'unprocessable', message: 'A value is required' }],
  [[8152, 2628], unfit],
  [[220, 232, 1007, 8115], range],
  [[241, 242, 245, 248, 295, 296, 402, 529, 8114, 8169, 9420, 9421, 13_608, 13_609], refused],
  [[206, 257, 305, 306, 421, 8116, 8117], { code: 'invalid', message: 'This type of column does not allow that' }],
  [[6522, 24_142], { code: 'unprocessable', message: 'The value is not a geometry in well-known text' }],
  [[8134], { code: 'unprocessable', message: 'Division by zero' }],
  [[271, 272, 273, 8102], { code: 'unprocessable', message: 'A column that the database makes cannot be written' }],
  [
    [544, 1088, 8106, 8107],
    { code: 'forbidden', message: 'The connection may not number records of this table itself' },
  ],
  [[50_000, 3609], { code: 'unprocessable', message: 'The database refused the change by a rule of its own' }],
  [[266, 3902, 3903, 3930], { code: 'unprocessable', message: 'The procedure ended the transaction that it ran in' }],
  [[550], { code: 'forbidden', message: 'The view does not take this change' }],
  [[4405, 4406, 4414, 4416, 4420, 4421], { code: 'forbidden', message: 'The view does not take this change' }],
  [[1205], { code: 'conflict', message: 'Another change came first, so this one was undone', ...again }],
  [[3960, 3961], { code: 'conflict', message: 'Another change came first, so this one was undone', ...again }],
  [[1222], { code: 'conflict', message: 'The record is locked by another change', ...again }],
  [[229, 230, 262, 297, 300], { code: 'forbidden', message: 'The connection may not do this in the database' }],
  [
    [15_404, 15_406, 15_517],
    { code: 'forbidden', message: 'This service runs calls as their caller, and the database does not know you' },
  ],
  [[3906, 3908], { code: 'forbidden', message: 'This may not write' }],
  [[4060, 4064, 18_456, 18_470, 18_486, 18_487, 18_488, 40_615], login],
  [[207, 208, 213, 2812, 4121, 4122, 201, 8144, 8145, 8146], changed],
  [[701, 1101, 1105, 9002, 802, 8645, 8651, 40_544], room],
  [[921, 922, 923, 924, 927, 942, 945, 946, 948, 954, 976, 978, 983, 6001, 6005, 17_142, 18_401], busy],
  [[10_928, 10_929, 40_197, 40_501, 40_613, 49_918, 49_919, 49_920], busy],
  [[8003, 8631, 8623, 191], { code: 'too_large', message: 'That is more than one statement can hold' }],
  [[3617, 3980], { code: 'cancelled', message: 'The statement was cancelled' }],
]

export const errorRules: ReadonlyMap<number, ErrorRule> = new Map(
  rules.flatMap(([numbers, rule]) => numbers.map((number) => [number, rule] as const)),
)
