import { isJsonObject, type JsonObject } from '@gatehouse/core'

/** What a connector calls its secrets, and what a text looks like that has one in it. */
const secretName =
  /password|passphrase|secret|session_token|(?:account|private|signing|decryption)_key|^sas$|connection_string/
const secretText = /:\/\/[^@?]*:[^@?]+@|(?:AccountKey|SharedAccessSignature)=|[?&]sig=/i

/** Where the own keys of a service or provider hold secrets. */
export function secretsOf({ connection, ...own }: JsonObject): string[][] {
  const names = Object.keys(own).filter((name) => secretName.test(name))
  const parts = isJsonObject(connection) ? Object.keys(connection).filter((name) => secretName.test(name)) : []
  const whole = typeof connection === 'string' && secretText.test(connection)
  return [
    ...(whole ? [['connection']] : []),
    ...names.map((name) => [name]),
    ...parts.map((name) => ['connection', name]),
  ]
}
