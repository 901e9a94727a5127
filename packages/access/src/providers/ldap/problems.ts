import { existsSync } from 'node:fs'
import type { JsonObject } from '@gatehouse/core'
import { isThisMachine } from '../this-machine.js'
import { above, parseDn } from './distinguished-name.js'
import { filterProblem } from './filter-problem.js'
import { targetOf, timeoutOf, urlsOf } from './settings.js'

interface Problem {
  readonly key: string
  readonly message: string
}

/** What the schema cannot say of the settings. */
export function ldapProblems(settings: JsonObject): readonly Problem[] {
  const found: Problem[] = []
  const wrong = (key: string, message: string | undefined | false) => {
    if (message) found.push({ key, message })
  }
  const of = (key: string) => (typeof settings[key] === 'string' ? settings[key] : undefined)

  for (const url of urlsOf(settings)) wrong('url', urlProblem(url, settings))
  if (settings.timeout !== undefined) {
    const timeout = timeoutOf(settings)
    wrong('timeout', !(timeout && timeout <= 60_000) && 'is a time like 5s, a minute at most')
  }
  const ca = of('ca')
  wrong('ca', ca !== undefined && !ca.includes('-----BEGIN') && !existsSync(ca) && `There is no file ${ca}`)

  for (const key of ['bind_dn', 'base_dn', 'group_base_dn']) {
    // Active Directory takes ann@example.com and EXAMPLE\ann too.
    const [text, name] = [of(key), key === 'bind_dn']
    wrong(key, text !== undefined && !(name && /[@\\]/.test(text)) && !parseDn(text) && 'is no DN (RFC 4514)')
  }
  wrong('bind_password', of('bind_dn') !== undefined && !of('bind_password') && 'is needed with bind_dn')
  wrong('bind_dn', of('bind_password') !== undefined && !of('bind_dn') && 'is needed with bind_password')

  const template = of('user_dn_template')
  wrong('user_dn_template', template !== undefined && templateProblem(template))
  wrong('base_dn', template === undefined && !of('base_dn') && 'is needed, or user_dn_template')
  const userFilter = of('user_filter')
  wrong('user_filter', userFilter !== undefined && filterProblem(userFilter, ['user']))
  const groupFilter = of('group_filter')
  wrong('group_filter', groupFilter !== undefined && filterProblem(groupFilter, ['dn', 'user']))
  wrong(
    'group_filter',
    groupFilter !== undefined && settings.group_search === false && 'has no use without group_search',
  )
  return found
}

function urlProblem(url: string, settings: JsonObject): string | undefined {
  const target = URL.canParse(url) ? targetOf(url) : undefined
  if (!target?.host) return 'is an address like ldaps://host:636'
  if (target.secure || settings.start_tls === true || settings.allow_plaintext === true || isThisMachine(target.host))
    return
  return 'would send passwords in the clear: use ldaps:// or start_tls, or say so with allow_plaintext'
}

function templateProblem(template: string): string | undefined {
  const own = template.slice(0, template.length - above(template).length)
  const parts = parseDn(template)
  if (!parts || !own.includes('{user}')) return 'is a DN with {user}, like uid={user},ou=people,dc=example,dc=com'
  const others = [...template.matchAll(/\{(\w+)\}/g)].find(([, name]) => name !== 'user')
  if (others) return `has ${others[0]}, which stands for nothing here`
  if (parts.length < 2 || above(template) === '') return 'needs to say what is above {user}'
  return undefined
}
