import { Ajv2020 } from 'ajv/dist/2020.js'

/**
 * Compiles our own schemas of the configuration, and says all that is wrong at once. To check the schemas too would take
 * longer than to read the file; their formats are for documents, since connectors read addresses by themselves.
 */
export function newAjv(): Ajv2020 {
  return new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: false,
    meta: false,
    validateSchema: false,
    validateFormats: false,
  })
}
