/** Names and addresses by what attributes are usually called: LDAP's own, those of ADFS and Entra, and their OIDs. */
const passing =
  /(^|[/:])(uid|mail|e-?mail(_?address)?|cn|(user_?)?name|preferred_username|samaccountname|(eduperson|user)principalname|upn)$|urn:oid:0\.9\.2342\.19200300\.100\.1\.[13]$/i

/** True for what is given to somebody else one day. */
export function isPassingName(attribute: string): boolean {
  return passing.test(attribute)
}

export const passingSubject =
  'names and addresses are given to others one day, who are then the same user here: take what never is'
