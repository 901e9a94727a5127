import type { Entry } from './entry.js'

/** What a server says of itself (RFC 4512, 5.1). */
export interface ServerFacts {
  readonly activeDirectory: boolean
  /** Answers in pages (RFC 2696). */
  readonly pages: boolean
  /** The domain that a domain controller is of. */
  readonly domain?: string
}

export const factAttributes = ['supportedCapabilities', 'supportedControl', 'defaultNamingContext']

/** LDAP_CAP_ACTIVE_DIRECTORY_OID ([MS-ADTS] 3.1.1.3.4.3) */
const activeDirectory = '1.2.840.113556.1.4.800'
const pagedResults = '1.2.840.113556.1.4.319'

export function factsOf(rootDse: Entry | undefined): ServerFacts {
  const domain = rootDse?.text('defaultNamingContext')
  return {
    ...(domain !== undefined && { domain }),
    activeDirectory: rootDse?.texts('supportedCapabilities').includes(activeDirectory) ?? false,
    pages: rootDse?.texts('supportedControl').includes(pagedResults) ?? false,
  }
}
