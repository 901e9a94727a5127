import { type JsonObject, parseDuration } from '@gatehouse/core'
import { above } from './distinguished-name.js'
import type { Target, Way } from './open-socket.js'

/** Which attributes say what of a person; those that are absent are chosen by what the server is. */
interface AttributeNames {
  readonly subject?: string
  readonly name?: string
  readonly email?: string
  readonly label?: string
}

export interface GroupSettings {
  /** Groups elsewhere do not count. Empty: all count. */
  readonly base: string
  readonly filter?: string
  /** The groups stand in an attribute of the person, and are not searched for. */
  readonly memberOf: boolean
  readonly nested: boolean
}

export interface LdapSettings {
  /** The same directory on several servers: the first that answers. */
  readonly targets: readonly Target[]
  readonly way: Way
  /** Who searches; absent: nobody, anonymously. */
  readonly account?: { readonly dn: string; readonly password: string }
  /** People are found by their DN, with `{user}` for what they typed. */
  readonly userDn?: string
  /** Below it is everybody who may sign in. */
  readonly base: string
  readonly userFilter?: string
  readonly groups: GroupSettings
  readonly attributes: AttributeNames
}

export function settingsOf(settings: JsonObject): LdapSettings {
  const of = (key: string) => (typeof settings[key] === 'string' ? settings[key] : undefined)
  const [ca, account, userDn] = [of('ca'), of('bind_dn'), of('user_dn_template')]
  const [userFilter, filter] = [of('user_filter'), of('group_filter')]
  const [subject, name] = [of('subject_attribute'), of('name_attribute')]
  const [email, label] = [of('email_attribute'), of('label_attribute')]
  const memberOf = settings.group_search === false
  const base = of('base_dn') ?? above(userDn ?? '')
  return {
    targets: urlsOf(settings).map(targetOf),
    way: {
      startTls: settings.start_tls === true,
      timeoutMs: timeoutOf(settings) ?? 5_000,
      ...(ca !== undefined && { ca }),
    },
    ...(account !== undefined && { account: { dn: account, password: of('bind_password') ?? '' } }),
    ...(userDn !== undefined && { userDn }),
    base,
    ...(userFilter !== undefined && { userFilter }),
    groups: {
      base: of('group_base_dn') ?? (memberOf ? '' : base),
      ...(filter !== undefined && { filter }),
      memberOf,
      nested: settings.nested_groups !== false,
    },
    attributes: {
      ...(subject !== undefined && { subject }),
      ...(name !== undefined && { name }),
      ...(email !== undefined && { email }),
      ...(label !== undefined && { label }),
    },
  }
}

/** Undefined where it is no duration. */
export function timeoutOf({ timeout }: JsonObject): number | undefined {
  return typeof timeout === 'string' || typeof timeout === 'number' ? parseDuration(timeout) : undefined
}

export function urlsOf({ url }: JsonObject): readonly string[] {
  return (Array.isArray(url) ? url : [url]).filter((one) => typeof one === 'string')
}

/** Throws where it is no URL. */
export function targetOf(url: string): Target {
  const { protocol, hostname, port } = new URL(url)
  const secure = protocol === 'ldaps:'
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) || (secure ? 636 : 389), secure }
}
