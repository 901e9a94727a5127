import type { OAuthClientProvider as Provider1 } from '@modelcontextprotocol/sdk/client/auth.js'
import { callback } from './world.js'

type Information = Awaited<ReturnType<Provider1['clientInformation']>>
type StoredTokens = Awaited<ReturnType<Provider1['tokens']>>

/** What a program keeps for an SDK's client while a person signs in. */
export interface Kept {
  information: Information
  tokens: StoredTokens
  verifier: string
  /** Where the person was sent last. */
  sentTo: URL | undefined
  registrations: number
}

export function emptyKept(): Kept {
  return { information: undefined, tokens: undefined, verifier: '', sentTo: undefined, registrations: 0 }
}

/** How a client makes itself known. */
export interface Known {
  readonly metadataUrl?: string
  readonly information?: { readonly client_id: string; readonly client_secret: string }
}

/** A provider as SDK 1 and SDK 2 both take it. */
export function providerOf(kept: Kept, known: Known): Provider1 {
  if (known.information) kept.information = { ...known.information }
  return {
    redirectUrl: callback,
    ...(known.metadataUrl !== undefined && { clientMetadataUrl: known.metadataUrl }),
    clientMetadata: {
      client_name: 'SDK',
      redirect_uris: [callback],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    state: () => 'a-state-of-the-client',
    clientInformation: () => kept.information,
    saveClientInformation: (information) => {
      if (!kept.information) kept.registrations++
      kept.information = information
    },
    tokens: () => kept.tokens,
    saveTokens: (tokens) => {
      kept.tokens = tokens
    },
    redirectToAuthorization: (url) => {
      kept.sentTo = url
    },
    saveCodeVerifier: (verifier) => {
      kept.verifier = verifier
    },
    codeVerifier: () => kept.verifier,
  }
}
