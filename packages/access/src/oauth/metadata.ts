import type { Protected } from './endpoints.js'

/** RFC 9728: what a client must know of an MCP endpoint. */
export function resourceMetadata(issuer: string, endpoint: Protected): object {
  return {
    resource: endpoint.resource,
    authorization_servers: [issuer],
    scopes_supported: endpoint.scopes,
    bearer_methods_supported: ['header'],
    resource_name: `${endpoint.organisation}: ${endpoint.name}`,
  }
}

/** RFC 8414. `main` is the endpoint whose pages stand for all: which endpoint is meant, `resource` says. */
export function serverMetadata(issuer: string, main: Protected, rules: { registration: boolean; documents: boolean }) {
  const base = issuer + main.base
  return {
    issuer,
    authorization_endpoint: `${base}/authorize`,
    token_endpoint: `${base}/token`,
    ...(rules.registration && { registration_endpoint: `${base}/register` }),
    revocation_endpoint: `${base}/revoke`,
    scopes_supported: main.scopes,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
    revocation_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: rules.documents,
  }
}

/** The same for clients that look for OpenID Connect's document. We sign no tokens, so there are no keys. */
export function openIdMetadata(issuer: string, metadata: object): object {
  return {
    ...metadata,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  }
}
