import { html } from './html.js'
import type { Page } from './page.js'

export interface LoginPage {
  readonly client: string
  readonly organisation: string
  /** Where its form goes. */
  readonly action: string
  readonly csrf: string
  readonly providers: readonly { readonly label: string; readonly url: string }[]
  readonly leadsTo: string
  readonly user?: string
  readonly problem?: string
  readonly status?: number
}

export function loginPage(page: LoginPage): Page {
  const { client, organisation, action, csrf, providers, leadsTo, user, problem, status } = page
  return {
    title: `Sign in to ${organisation}`,
    ...(status !== undefined && { status }),
    leadsTo,
    body: html`<h1>Sign in</h1>
<p class="quiet">to ${organisation}, so that you can decide what <b>${client}</b> may do for you.</p>
${problem !== undefined && html`<p class="bad" role="alert">${problem}</p>`}
<form method="post" action="${action}">
<input type="hidden" name="csrf" value="${csrf}">
<label>User name or email
<input type="text" name="username" value="${user ?? ''}" autocomplete="username" autocapitalize="none" autocorrect="off" spellcheck="false" maxlength="200" required${user === undefined && constantFocus}></label>
<label>Password
<input type="password" name="password" autocomplete="current-password" maxlength="1024" required${user !== undefined && constantFocus}></label>
<div class="stack"><button class="main" type="submit">Sign in</button></div>
</form>
${
  providers.length > 0 &&
  html`<p class="or">or</p>
<div class="stack">${providers.map(({ label, url }) => html`<a class="button" href="${url}">Continue with ${label}</a>`)}</div>`
}`,
  }
}

const constantFocus = html` autofocus`
