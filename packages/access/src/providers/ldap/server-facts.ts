import type { Entry } from './entry.js'

/** What a server says of itself (RFC 4512, 5.1). */
export interface ServerFacts {
  readonly activeDirectory: boolean
  /** Answers in pages (RFC 2696). */
  readonly pages: boolean
}

export const factAttributes = ['supportedCapabilities', 'supportedControl']

/** LDAP_CAP_ACTIVE_DIRECTORY_OID ([MS-ADTS] 3.1.1.3.4.3) */
const activeDirectory = '1.2.840.113556.1.4.800'
const pagedResults = '1.2.840.113556.1.4.319'

export function factsOf(rootDse: Entry | undefined): ServerFacts {
  return {
    activeDirectory: rootDse?.texts('supportedCapabilities').includes(activeDirectory) ?? false,
    pages: rootDse?.texts('supportedControl').includes(pagedResults) ?? false,
  }
}
