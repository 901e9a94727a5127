/** What every session is set to, so that values print alike whatever the server's defaults are. */
export const sessionSettings = [
  "SET TimeZone = 'UTC'",
  "SET DateStyle = 'ISO, YMD'",
  "SET IntervalStyle = 'postgres'",
  "SET bytea_output = 'hex'",
  'SET extra_float_digits = 1',
  "SET client_encoding = 'UTF8'",
  'SET standard_conforming_strings = on',
  "SET xmloption = 'content'",
].join(';')

/** Makes a session as it was when it was new, but for its prepared statements: after code that is not ours. */
export const resetSession = [
  'RESET SESSION AUTHORIZATION',
  'RESET ALL',
  'UNLISTEN *',
  'CLOSE ALL',
  'DISCARD TEMP',
  'SELECT pg_advisory_unlock_all()',
  sessionSettings,
].join(';')
