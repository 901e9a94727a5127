import { Failure, type Identity, printJson } from '@gatehouse/core'

/** Names beside those of single attributes, and how the database has them. */
type Wholes = Readonly<Record<string, (identity: Identity) => string>>

const asJson: Wholes = {
  roles: ({ roles }) => JSON.stringify(roles),
  claims: ({ attributes }) => printJson(attributes),
}

/**
 * A template of a service's `identity` with what is known of the caller in the place of `{user.id}`, `{user.name}`,
 * `{user.ATTRIBUTE}` and the names in `wholes`. Throws `forbidden` for a caller who has no such attribute.
 */
export function identityText(template: string, identity: Identity, wholes: Wholes = asJson): string {
  return template.replace(/\{user\.([^{}]+)\}/g, (_, name: string) => {
    if (name === 'id') return identity.id
    if (name === 'name') return identity.name
    const whole = Object.hasOwn(wholes, name) ? wholes[name] : undefined
    return whole ? whole(identity) : attributeOf(identity, name)
  })
}

function attributeOf({ attributes }: Identity, name: string): string {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined
  if (value === undefined || value === null) throw noIdentity()
  return typeof value === 'string' ? value : printJson(value)
}

export function noIdentity(): Failure {
  return new Failure('forbidden', 'This service runs calls as their caller, and you have no identity in its database', {
    hint: 'Ask for the attributes that the service needs to be added to your key or user',
  })
}
