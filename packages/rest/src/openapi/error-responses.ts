import { type FailureCode, type JsonSchema, statusOf } from '@gatehouse/core'

const header = (description: string, schema: JsonSchema) => ({ description, schema })

export const errorSchema: JsonSchema = {
  type: 'object',
  description: 'What went wrong, and what can be done about it.',
  properties: {
    error: {
      type: 'object',
      properties: {
        code: {
          type: ['string', 'integer'],
          description: 'A stable word; 1000 for a batch of which some records failed.',
          examples: ['invalid'],
        },
        status_code: { type: 'integer', description: 'The HTTP status.', examples: [400] },
        message: { type: 'string', examples: ['Unknown column `custmer_id`'] },
        hint: { type: 'string', examples: ['Did you mean `customer_id`?'] },
        context: {
          type: 'object',
          description:
            'Details for programs. Of a batch: `error` has the indexes that failed, `resource` each record or its error.',
        },
        request_id: { type: 'string', description: 'Under which the log has the details.' },
      },
      required: ['code', 'status_code', 'message', 'request_id'],
    },
  },
  required: ['error'],
}

interface ErrorWords {
  readonly name: string
  readonly code: FailureCode
  readonly description: string
  readonly retry?: true
}

const words: readonly ErrorWords[] = [
  { name: 'Invalid', code: 'invalid', description: 'The request is malformed, or a batch failed.' },
  { name: 'Unauthenticated', code: 'unauthenticated', description: 'Credentials are missing or bad.' },
  { name: 'Forbidden', code: 'forbidden', description: 'Your role does not allow this.' },
  { name: 'NotFound', code: 'not_found', description: 'It does not exist, or you may not see it.' },
  { name: 'Conflict', code: 'conflict', description: 'A unique or foreign key is violated.' },
  {
    name: 'PreconditionFailed',
    code: 'precondition_failed',
    description: 'The record has changed since the entity tag in If-Match.',
  },
  { name: 'Unprocessable', code: 'unprocessable', description: 'The database refuses a value.' },
  { name: 'Limited', code: 'limited', description: 'Too many calls.', retry: true },
  { name: 'Unavailable', code: 'unavailable', description: 'The service is down or busy.', retry: true },
  { name: 'Timeout', code: 'timeout', description: 'It took too long and was cancelled.' },
]

/** `components/responses`: each error, once. */
export function errorResponses(error: JsonSchema): Record<string, unknown> {
  return Object.fromEntries(
    words.map(({ name, description, retry }) => [
      name,
      {
        description,
        headers: {
          'X-Request-Id': header('The id of this request in log and audit.', { type: 'string' }),
          ...(retry && { 'Retry-After': header('Seconds after which to try again.', { type: 'integer' }) }),
        },
        content: { 'application/json': { schema: error } },
      },
    ]),
  )
}

/** References to all of them, by status. */
export const errorReferences: Readonly<Record<string, unknown>> = Object.fromEntries(
  words.map(({ name, code }) => [`${statusOf[code]}`, { $ref: `#/components/responses/${name}` }]),
)
