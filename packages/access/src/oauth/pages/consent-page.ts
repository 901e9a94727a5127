import type { ScopeEntry } from '../scopes.js'
import { html } from './html.js'
import type { Page } from './page.js'

export interface ConsentPage {
  readonly client: string
  /** Whether somebody other than the client vouches for its name. */
  readonly vouched: boolean
  /** The host of the document that the client's id is. */
  readonly source?: string
  readonly person: string
  readonly organisation: string
  /** Where to choose another organisation; absent: there is no other. */
  readonly otherUrl?: string
  readonly endpoint: string
  readonly redirectHost: string
  readonly scopes: readonly ScopeEntry[]
  readonly action: string
  readonly csrf: string
  readonly leadsTo: string
}

export function consentPage(page: ConsentPage): Page {
  const { client, vouched, source, person, organisation, otherUrl, endpoint, redirectHost, scopes } = page
  const { action, csrf, leadsTo } = page
  return {
    title: `Allow ${client}?`,
    leadsTo,
    body: html`<h1>Allow ${client} to act for you?</h1>
<p class="quiet">You are signed in as <b>${person}</b>.</p>
<dl>
<div><dt>Program</dt><dd>${client}</dd></div>
${source !== undefined && html`<div><dt>Described at</dt><dd>${source}</dd></div>`}
<div><dt>Answer goes to</dt><dd>${redirectHost}</dd></div>
<div><dt>Organisation</dt><dd>${organisation}${otherUrl !== undefined && html` <a class="other" href="${otherUrl}">Change</a>`}</dd></div>
<div><dt>Endpoint</dt><dd>${endpoint}</dd></div>
</dl>
<form method="post" action="${action}">
<input type="hidden" name="csrf" value="${csrf}">
<p>As far as your own rights go, it may:</p>
${scopes.map(
  ({ subject, deeds }) => html`<fieldset><legend>${subject}</legend>
${deeds.map(({ scope, label }) => html`<label class="tick"><input type="checkbox" name="scope:${scope}" value="yes" checked> ${label}</label>`)}
</fieldset>`,
)}
${!vouched && html`<p class="note">Nobody has checked the name of this program. Allow it only if you have just started this yourself.</p>`}
<div class="stack">
<button class="main" type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Deny</button>
</div>
<p class="foot">Not you? <button class="link" type="submit" name="decision" value="switch">Sign in as someone else</button></p>
</form>`,
  }
}
