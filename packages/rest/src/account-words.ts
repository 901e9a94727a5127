import type { JsonSchema } from '@gatehouse/core'

/** What the OpenAPI document says of a route. */
export interface RouteWords {
  readonly summary: string
  readonly description: string
  /** Nobody has to be known to call it. */
  readonly open?: true
  /** What may stand behind the question mark: descriptions by name. */
  readonly query?: Readonly<Record<string, string>>
  readonly body?: JsonSchema
  /** The name of the answer's schema, and the schema. */
  readonly answer: readonly [name: string, schema: JsonSchema]
  /** The answer is a text of this type instead. */
  readonly text?: string
  /** Where the browser may be sent instead. */
  readonly redirect?: string
}

const text = { type: 'string' } as const
const textOrNull = { type: ['string', 'null'] }

const profile = {
  id: { type: 'integer', description: 'The id of the user in `system/users`.' },
  name: text,
  label: text,
  email: textOrNull,
  roles: { type: 'array', items: text },
  is_sys_admin: { type: 'boolean', description: 'May do everything.' },
  last_login_date: textOrNull,
  provider: { type: 'string', description: '`local`, or the provider that vouched.' },
}

const session = {
  session_token: { type: 'string', description: 'Sent as `Authorization: Bearer` from now on.' },
  session_id: { type: 'string', description: 'The id of the session in `system/sessions`.' },
  expires: { type: 'string', format: 'date-time' },
}

const object = (properties: Readonly<Record<string, JsonSchema>>, required = Object.keys(properties)): JsonSchema => ({
  type: 'object',
  properties,
  required,
})

export const profileAnswer = ['Profile', object(profile)] as const
export const sessionAnswer = ['Session', object({ ...session, ...profile })] as const
export const doneAnswer = ['Done', object({ success: { type: 'boolean' } })] as const
export const signedOutAnswer = [
  'SignedOut',
  object(
    {
      success: { type: 'boolean' },
      sign_out_url: { type: 'string', description: 'Where a browser ends the session at its provider too.' },
    },
    ['success'],
  ),
] as const
export const providersAnswer = [
  'Providers',
  object({ resource: { type: 'array', items: object({ name: text, label: text, kind: text }, ['name']) } }),
] as const
export const textAnswer = ['Text', text] as const

const nameAndPassword = {
  user: { type: 'string', description: 'The name. `username`, `email` and `name` mean the same.' },
  password: { type: 'string', format: 'password' },
  username: text,
  email: text,
  name: text,
}

export const passwordSignInBody: JsonSchema = {
  ...object(nameAndPassword, ['password']),
  examples: [{ user: 'admin', password: '...' }],
}

export const signInBody: JsonSchema = {
  ...object(
    {
      ...nameAndPassword,
      code: { type: 'string', description: 'Instead of a password: the code with which a provider’s sign-in ended.' },
      code_verifier: { type: 'string', description: 'With `code`, where the sign-in began with a challenge.' },
    },
    [],
  ),
  examples: [{ user: 'admin', password: '...' }],
}

export const passwordBody: JsonSchema = {
  ...object(
    {
      old_password: { type: 'string', format: 'password' },
      new_password: { type: 'string', format: 'password' },
      user: { type: 'string', description: 'With `code`: whose password it is.' },
      code: { type: 'string', description: 'Made by an administrator, for who has forgotten the password.' },
    },
    ['new_password'],
  ),
  examples: [{ old_password: '...', new_password: '...' }],
}
