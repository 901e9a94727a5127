import { html } from './html.js'
import type { Page } from './page.js'

export interface OrganisationPage {
  readonly client: string
  readonly person: string
  readonly organisations: readonly { readonly tenant: string; readonly label: string }[]
  /** Where the answer goes, by GET, with all of the request. */
  readonly action: string
  readonly request: ReadonlyMap<string, string>
  /** Where to say that it is somebody else. */
  readonly switchAction: string
  readonly csrf: string
  /** Who was asked before is sent on at once. */
  readonly leadsTo: string
}

/** Asks somebody who belongs to several organisations for which of them a program may act. */
export function organisationPage(page: OrganisationPage): Page {
  const { client, person, organisations, action, request, switchAction, csrf, leadsTo } = page
  return {
    title: 'Choose an organisation',
    leadsTo,
    body: html`<h1>Choose an organisation</h1>
<p class="quiet">You are signed in as <b>${person}</b>. What you allow <b>${client}</b> holds in one organisation only.</p>
<form method="get" action="${action}">
${[...request].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<fieldset class="choices"><legend>Act for you in</legend>
${organisations.map(({ tenant, label }) => html`<label class="choice"><input type="radio" name="organisation" value="${tenant}" required> <span>${label}</span></label>`)}
</fieldset>
<div class="stack"><button class="main" type="submit">Continue</button></div>
</form>
<form method="post" action="${switchAction}">
<input type="hidden" name="csrf" value="${csrf}">
<p class="foot">Not you? <button class="link" type="submit" name="decision" value="switch">Sign in as someone else</button></p>
</form>`,
  }
}
