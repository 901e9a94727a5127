import type { ErrorRule } from '../sql/error-rule.js'

const lost = 'The connection to the database was lost'
const refused = 'The database does not take this value'

/** By the numbers of the Oracle Database error messages. */
const rules: readonly (readonly [numbers: readonly number[], rule: ErrorRule])[] = [
  [[1], { code: 'conflict', message: 'A record with these values exists already' }],
  [[2291], { code: 'conflict', message: 'The record refers to a record that does not exist' }],
  [[2292, 2266], { code: 'conflict', message: 'Other records refer to this record' }],
  [
    [54, 30006],
    { code: 'conflict', message: 'The record is locked by another change', hint: 'Try again', retryAfter: 1 },
  ],
  [
    [60, 8177, 8176],
    {
      code: 'conflict',
      message: 'Another change came first, so this one was undone',
      hint: 'Try again',
      retryAfter: 1,
    },
  ],
  [[1400, 1407], { code: 'unprocessable', message: 'A value is required', named: 'Required' }],
  [[12899], { code: 'unprocessable', message: 'A value does not fit its column', named: 'Too long' }],
  [[1401, 1461, 22835, 1489], { code: 'unprocessable', message: 'A value does not fit its column' }],
  [[1438, 1426, 1428], { code: 'unprocessable', message: 'A number is out of range' }],
  [
    [
      1722, 1830, 1839, 1840, 1841, 1843, 1847, 1849, 1850, 1851, 1858, 1861, 1867, 1873, 6502, 1465, 40441, 40834,
      2000,
    ],
    { code: 'unprocessable', message: refused },
  ],
  [[2290], { code: 'unprocessable', message: 'A value breaks a rule of the table' }],
  [[54013, 54016, 32795, 32796], { code: 'unprocessable', message: 'A computed column cannot be written' }],
  [[1476], { code: 'unprocessable', message: 'Division by zero' }],
  [[932, 22848, 997], { code: 'invalid', message: 'Values of this type cannot be compared, sorted or grouped' }],
  [[12725, 12726, 12727, 12728, 12729, 12733, 1424, 1425], { code: 'invalid', message: 'The pattern is not valid' }],
  [[6550, 6553], { code: 'unprocessable', message: 'The routine does not take this call' }],
  [[1031, 1720, 41900], { code: 'forbidden', message: 'The connection may not do this in the database' }],
  [[28115], { code: 'forbidden', message: 'A policy of the database does not allow this record' }],
  [[1456, 16000, 12081], { code: 'forbidden', message: 'This may not write' }],
  [[1732, 1733, 1776, 1779, 2014, 22816], { code: 'forbidden', message: 'The view does not take this change' }],
  [
    [942, 904, 4043, 4045, 4063, 4067, 4068, 8103],
    {
      code: 'unavailable',
      message: 'The schema of the database has changed',
      hint: 'The catalog is read again soon',
      retryAfter: 5,
    },
  ],
  [
    [1017, 1005, 1045, 28000, 28001, 28009, 28030, 28150, 12514, 12505, 12516, 12518, 12519, 12520, 12528, 1109],
    { code: 'unavailable', message: 'The database refuses the connection of this service', retryAfter: 5 },
  ],
  [[12154, 12541, 12545, 12170, 12535, 12537, 12543, 12547, 12560, 12571, 1033, 1034, 1089, 1090], unreachable()],
  [[28, 1012, 1041, 1092, 3113, 3114, 3135, 2396, 25408, 25402], { code: 'unavailable', message: lost, retryAfter: 1 }],
  [[18, 20, 2391], { code: 'unavailable', message: 'The database has too many connections', retryAfter: 1 }],
  [[1013, 3156, 3136, 40], { code: 'timeout', message: 'The statement took too long' }],
  [
    [1652, 1653, 1654, 4031, 30036, 1536],
    { code: 'unavailable', message: 'The database is out of space', retryAfter: 30 },
  ],
]

function unreachable(): ErrorRule {
  return { code: 'unavailable', message: 'The database cannot be reached', retryAfter: 1 }
}

export const errorRules: ReadonlyMap<number, ErrorRule> = new Map(
  rules.flatMap(([numbers, rule]) => numbers.map((number) => [number, rule] as const)),
)

/** By the codes of the driver itself. */
export const driverRules: ReadonlyMap<string, ErrorRule> = new Map<string, ErrorRule>([
  ...['NJS-003', 'NJS-500', 'NJS-501', 'NJS-521', 'DPI-1010', 'DPI-1080'].map(
    (code) => [code, { code: 'unavailable', message: lost, retryAfter: 1 }] as const,
  ),
  ...['NJS-503', 'NJS-510', 'NJS-511', 'NJS-512', 'NJS-516', 'NJS-517', 'NJS-518', 'NJS-519', 'NJS-520', 'NJS-522'].map(
    (code) => [code, unreachable()] as const,
  ),
  ...['NJS-101', 'NJS-116', 'NJS-138', 'NJS-136'].map(
    (code) =>
      [
        code,
        { code: 'unavailable', message: 'The database refuses the connection of this service', retryAfter: 5 },
      ] as const,
  ),
  ['NJS-123', { code: 'timeout', message: 'The statement took too long' }],
  ['NJS-115', { code: 'unprocessable', message: 'A number is out of range' }],
  ['NJS-105', { code: 'unprocessable', message: refused }],
])
