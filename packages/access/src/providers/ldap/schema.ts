import type { ObjectSchema } from '@gatehouse/core'

const text = { type: 'string', minLength: 1 } as const
const url = { type: 'string', pattern: '^ldaps?://[^/?#@\\s]+/?$' } as const
const attribute = { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9-]*$' } as const

export const ldapSchema: ObjectSchema = {
  type: 'object',
  properties: {
    url: {
      anyOf: [url, { type: 'array', items: url, minItems: 1 }],
      description: 'ldaps://host:636, or ldap://host:389 with start_tls. Several: the first that answers is asked',
    },
    start_tls: { type: 'boolean', description: 'Goes on by TLS on the port of ldap://. Default false' },
    allow_plaintext: {
      type: 'boolean',
      description: 'Lets passwords go out in the clear to another machine, for all on the way to read. Default false',
    },
    ca: {
      ...text,
      description: 'A file of certificates in PEM, or their text, that are trusted in place of the well-known ones',
    },
    timeout: { type: ['string', 'number'], description: 'For connecting, and for each answer. Default 5s' },
    bind_dn: { ...text, description: 'Who searches. Absent: anonymous' },
    bind_password: { ...text, description: 'Of bind_dn' },
    user_dn_template: { ...text, description: 'uid={user},ou=people,dc=example,dc=com: nobody is searched for' },
    base_dn: {
      ...text,
      description: 'Below it is everybody who may sign in. Default: what is above {user} in user_dn_template',
    },
    user_filter: {
      ...text,
      description: 'Who may sign in, with {user} for what was typed: (&(objectClass=person)(uid={user}))',
    },
    group_base_dn: { ...text, description: 'Groups elsewhere do not count. Default base_dn' },
    group_filter: {
      ...text,
      description:
        'Groups that have {dn}, or the one who is named {user}, as a member: (|(member={dn})(memberUid={user}))',
    },
    group_search: { type: 'boolean', description: 'false: groups are what memberOf says. Default true' },
    nested_groups: { type: 'boolean', description: 'Groups that are members of groups count too. Default true' },
    subject_attribute: {
      ...attribute,
      description: 'What is never given to another person. Default entryUUID, objectGUID in Active Directory',
    },
    name_attribute: { ...attribute, description: 'Default uid, sAMAccountName in Active Directory' },
    email_attribute: { ...attribute, description: 'Default mail' },
    label_attribute: { ...attribute, description: 'The full name. Default displayName' },
  },
  required: ['url'],
}
