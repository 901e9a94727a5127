import { isJsonObject, type JsonObject } from '@gatehouse/core'
import type { ClaimMapping } from '../../claims.js'

/** Claims that people can set to what they like, at many providers. */
const chosen = ['email', 'preferred_username', 'name', 'nickname', 'given_name', 'family_name', 'upn', 'unique_name']

export function oidcWarnings(settings: JsonObject, { rolesClaim, attributes }: ClaimMapping) {
  const warnings: { key: string; message: string }[] = []
  const required = isJsonObject(settings.required_claims) ? settings.required_claims : {}
  if (/^https:\/\/accounts\.google\.com\/?$/.test(String(settings.issuer)) && required.hd === undefined) {
    const message =
      'everybody with an account at Google is let in. Name your domain: required_claims: { hd: example.com }'
    warnings.push({ key: 'issuer', message })
  }
  const read = Object.entries(attributes).map(([name, claim]) => ({ key: `attributes.${name}`, claim }))
  for (const { key, claim } of [{ key: 'roles_claim', claim: rolesClaim }, ...read]) {
    if (!chosen.includes(claim)) continue
    warnings.push({
      key,
      message: `at many providers people choose their \`${claim}\` themselves, and with it their rights`,
    })
  }
  return warnings
}
