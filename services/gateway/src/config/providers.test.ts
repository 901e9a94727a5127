import { connectorTypes } from '@gatehouse/connectors'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { loadConfig } from './load.js'
import { warningsOf } from './warnings.js'

const issuer = 'https://login.example.com'
const good = { type: 'oidc', issuer, client_id: 'gatehouse', client_secret: 'secret' }

function load(providers: object, more: object = {}, env: Record<string, string> = {}) {
  return loadConfig(stringify({ sign_in: { providers }, ...more }), env, connectorTypes)
}

/** Without their lines. */
function errorsOf(providers: object, more: object = {}): readonly string[] {
  const loaded = load(providers, more)
  return loaded.ok ? [] : loaded.errors.map((error) => error.replace(/^line \d+: /, ''))
}

describe('providers in the configuration', () => {
  it('have defaults', () => {
    const loaded = load({ corp: good })
    if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
    expect(loaded.config.signIn.providers).toEqual([
      {
        name: 'corp',
        type: 'oidc',
        tenant: 'default',
        label: 'corp',
        returnTo: [],
        rolesClaim: 'groups',
        roles: {},
        defaultRoles: [],
        attributes: {},
        settings: { issuer, client_id: 'gatehouse', client_secret: 'secret' },
      },
    ])
  })

  it('are checked as a whole: every problem at once, each with its path', () => {
    const roles = { reader: { grants: [] } }
    expect(
      errorsOf(
        {
          corp: { type: 'oidc', client_id: 'x', isuer: issuer, roles: { staff: 'raeder' } },
          plain: { ...good, issuer: 'http://login.example.com', scopes: ['email'], default_roles: ['nobody'] },
          other: { type: 'oidcc' },
          none: { ...good, client_auth: 'none', parameters: { state: 'mine' }, tenant: 'acme' },
        },
        { roles },
      ),
    ).toEqual([
      'sign_in.providers.corp: `issuer` is missing',
      expect.stringMatching(/^sign_in\.providers\.corp\.isuer: unknown key `isuer`\. Did you mean `issuer`\?/),
      'sign_in.providers.corp.roles.staff: there is no role `raeder`. Did you mean `reader`?',
      'sign_in.providers.plain.issuer: an issuer must be https; on this machine it may be http with `allow_http: true`',
      'sign_in.providers.plain.scopes: `openid` is missing',
      'sign_in.providers.plain.default_roles: there is no role `nobody`',
      'sign_in.providers.other.type: there is no type `oidcc`. Did you mean `oidc`? Types: ldap, oidc, saml',
      'sign_in.providers.none.client_secret: is not used with `client_auth: none`',
      'sign_in.providers.none.parameters: `state` is set by Gatehouse',
      'sign_in.providers.none.tenant: there is no tenant `acme`',
    ])
  })

  it.each([
    ['http on another machine, allowed or not', { ...good, issuer: 'http://10.0.0.1', allow_http: true }],
    ['an issuer that only looks local', { ...good, issuer: 'http://127.0.0.1.example.com', allow_http: true }],
    ['an issuer that is no URL', { ...good, issuer: 'https://' }],
    ['an issuer with a query', { ...good, issuer: `${issuer}/?x=1` }],
    ['all organisations of Entra ID', { ...good, issuer: 'https://login.microsoftonline.com/common/v2.0' }],
    ['Graph elsewhere', { ...good, graph_url: 'http://127.0.0.1/v1.0' }],
    [
      'Graph on another machine',
      { ...good, issuer: 'http://127.0.0.1', allow_http: true, graph_url: 'http://10.0.0.1' },
    ],
    ['a secret without a secret', { ...good, client_secret: undefined, client_auth: 'client_secret_post' }],
    ['a page to return to on another machine in clear text', { ...good, return_to: ['http://app.example/'] }],
    ['an origin that only looks like one', { ...good, return_to: ['https://app.example@evil.example/'] }],
    ['a page to return to with a query', { ...good, return_to: ['https://app.example/?next='] }],
    ['a shared secret to sign with', { ...good, algorithms: ['HS256'] }],
  ])('refuse %s', (_what, provider) => {
    expect(errorsOf({ corp: provider })).toHaveLength(1)
  })

  it('cannot be named as if their people were local', () => {
    expect(errorsOf({ local: good })).toEqual([
      'sign_in.providers.local: local users are here already: choose another name',
    ])
    expect(errorsOf({ 'a/b': good })).not.toEqual([])
  })

  it('are warned of where a secret stands in the file, or the way is in clear text', () => {
    const local = { ...good, issuer: 'http://127.0.0.1:9', allow_http: true }
    const loaded = load(
      { corp: good, local2: local, env: { ...good, client_secret: '$' + '{SECRET}' } },
      {},
      { SECRET: 'x' },
    )
    if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
    const warnings = warningsOf(loaded.config, loaded.source).filter((warning) => warning.includes('sign_in'))
    expect(warnings.map((warning) => warning.replace(/^line \d+: /, '').replace(/: .*/, ''))).toEqual([
      'sign_in.providers.corp.client_secret',
      'sign_in.providers.local2.client_secret',
      'sign_in.providers.local2.allow_http',
    ])
  })

  it('are warned of where they let in, or make equal, whom nobody meant', () => {
    const secret = '$' + '{SECRET}'
    const oidc = { ...good, client_secret: secret }
    const google = { ...oidc, issuer: 'https://accounts.google.com' }
    const saml = { type: 'saml', issuer: 'x', metadata_url: 'https://idp.example/metadata' }
    const ldap = { type: 'ldap', url: 'ldaps://ldap.example', base_dn: 'dc=example', bind_dn: 'cn=x,dc=example' }
    const own = { rows: 'owner = {user.name}', service: '*', resource: '_table/*', verbs: ['read'] }
    const everything = { service: '*', resource: '*', verbs: ['read', 'create', 'update', 'delete', 'execute'] }
    const loaded = load(
      {
        google: { ...google, default_roles: ['administrator'] },
        good_google: { ...google, required_claims: { hd: 'example.com' }, default_roles: ['mine'] },
        chosen: { ...oidc, roles_claim: 'email', roles: { 'a@b.c': ['all'], x: 'mine' }, attributes: { who: 'name' } },
        mail: { ...saml, name_id_format: 'email' },
        by_mail: { ...saml, subject_attribute: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress' },
        good_saml: { ...saml, name_id_format: 'unspecified', subject_attribute: 'objectid' },
        uid: { ...ldap, bind_password: secret, subject_attribute: 'uid' },
        good_ldap: { ...ldap, bind_password: secret, subject_attribute: 'entryUUID' },
      },
      { roles: { mine: { grants: [own] }, all: { grants: [everything] } } },
      { SECRET: 'x' },
    )
    if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
    const warnings = warningsOf(loaded.config, loaded.source)
    expect(warnings.map((warning) => warning.replace(/^line \d+: /, '').replace(/: .*/, ''))).toEqual([
      'sign_in.providers.google.issuer',
      'sign_in.providers.google.default_roles',
      'sign_in.providers.chosen.roles_claim',
      'sign_in.providers.chosen.attributes.who',
      'sign_in.providers.chosen.roles.a@b.c',
      'sign_in.providers.mail.name_id_format',
      'sign_in.providers.by_mail.subject_attribute',
      'sign_in.providers.uid.subject_attribute',
      'roles.mine.grants.0.rows',
    ])
  })
})
