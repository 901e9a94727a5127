import { type Authority, type Grant, opens } from '@gatehouse/core'

const nothing: readonly Grant[] = []

/**
 * What a principal's scopes do not open does not exist for it. Within a service that they do open, the roles say what
 * there is, and a call that lacks its scope is refused by name, so that the client can ask its person for it.
 */
export function scopedAuthority(authority: Authority): Authority {
  return {
    ...authority,
    get version() {
      return authority.version
    },
    grants: (principal, service, resource, surface) =>
      opens(principal, service) ? authority.grants(principal, service, resource, surface) : nothing,
    reaches: (principal, service, surface) =>
      opens(principal, service) && authority.reaches(principal, service, surface),
  }
}
