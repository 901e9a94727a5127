import { html } from './html.js'
import type { Page } from './page.js'

/** For what cannot be told to the client: it is not sure who that is, or the person should see first where it leads. */
export function errorPage(
  status: number,
  message: string,
  back?: { readonly host: string; readonly url: string },
): Page {
  return {
    title: 'This did not work',
    status,
    body: html`<h1>This did not work</h1>
<p>${message}.</p>
<p class="quiet">Nothing was allowed. Go back to the program that sent you here and start again.</p>
${back && html`<div class="stack"><a class="button" href="${back.url}" rel="noreferrer">Back to ${back.host}</a></div>`}`,
  }
}
