import type { ErrorRule } from '../sql/error-rule.js'

const unreachable = 'The connection to the database was lost'
const refused = 'The database does not take this value'

/** By the numbers of the MySQL and MariaDB error references. */
const rules: readonly (readonly [errnos: readonly number[], rule: ErrorRule])[] = [
  [[1062, 1586], { code: 'conflict', message: 'A record with these values exists already' }],
  [[1451, 1217], { code: 'conflict', message: 'Other records refer to this record' }],
  [
    [1452, 1216],
    { code: 'conflict', message: 'The record refers to a record that does not exist', named: 'Refers by' },
  ],
  [[1205], { code: 'conflict', message: 'The record is locked by another change', hint: 'Try again', retryAfter: 1 }],
  [
    [1213, 1020],
    {
      code: 'conflict',
      message: 'Another change came first, so this one was undone',
      hint: 'Try again',
      retryAfter: 1,
    },
  ],
  [[1048, 1364], { code: 'unprocessable', message: 'A value is required', named: 'Required' }],
  [[1406, 1265], { code: 'unprocessable', message: 'A value does not fit its column' }],
  [[1264, 1690, 1916], { code: 'unprocessable', message: 'A number is out of range' }],
  [[1366, 1292, 1411, 1525, 1367, 3140, 3141, 3156, 3037, 4037, 4038], { code: 'unprocessable', message: refused }],
  [[1416, 3055], { code: 'unprocessable', message: 'The value is not a geometry in well-known text' }],
  [[3819, 4025], { code: 'unprocessable', message: 'A value breaks a rule of the table' }],
  [[1644, 1643], { code: 'unprocessable', message: 'The database refused the change by a rule of its own' }],
  [[1365], { code: 'unprocessable', message: 'Division by zero' }],
  [[3105, 1906], { code: 'unprocessable', message: 'A computed column cannot be written' }],
  [[1139, ...range(3685, 3698)], { code: 'invalid', message: 'The regular expression is not valid' }],
  [[3699], { code: 'timeout', message: 'The pattern takes too long to match' }],
  [
    [1142, 1143, 1044, 1227, 1370, 1410, 1419],
    { code: 'forbidden', message: 'The connection may not do this in the database' },
  ],
  [[1792, 1290, 1836], { code: 'forbidden', message: 'This may not write' }],
  [
    [1471, 1288, 1348, 1368, 1369, 1394, 1395, 1396],
    { code: 'forbidden', message: 'The view does not take this change' },
  ],
  [
    [1045, 1698, 1049, 1130, 1862, 1873, 3118, 3159, 4151],
    { code: 'unavailable', message: 'The database refuses the connection of this service', retryAfter: 5 },
  ],
  [[1040, 1203, 1226, 1461], { code: 'unavailable', message: 'The database has too many connections', retryAfter: 1 }],
  [
    [1053, 1077, 1079, 1080, 1152, ...range(1158, 1161), 1184, 1927, 2002, 2003, 2006, 2013, 3169, 4031],
    { code: 'unavailable', message: unreachable, retryAfter: 1 },
  ],
  [
    [1615, 1243, 1146, 1054, 1305],
    {
      code: 'unavailable',
      message: 'The schema of the database has changed',
      hint: 'The catalog is read again soon',
      retryAfter: 5,
    },
  ],
  [
    [1021, 1037, 1038, 1041, 1114, 1135],
    { code: 'unavailable', message: 'The database is out of room', retryAfter: 5 },
  ],
  [[1969, 3024, 1907], { code: 'timeout', message: 'The statement took too long' }],
  [[1317, 1028], { code: 'cancelled', message: 'The statement was cancelled' }],
  [[1153, 1301], { code: 'too_large', message: 'The values are larger than the database takes' }],
]

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

export const errorRules: ReadonlyMap<number, ErrorRule> = new Map(
  rules.flatMap(([errnos, rule]) => errnos.map((errno) => [errno, rule] as const)),
)
