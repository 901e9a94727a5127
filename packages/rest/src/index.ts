export { createRest } from './create-rest.js'
export { memoryIdempotency } from './memory-idempotency.js'
export { type DescribedService, openApiDocument, specFor, specOf } from './openapi/document.js'
export type { Health, RestLog, RestOptions } from './options.js'
