import { hash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { constant, type Html, html } from './html.js'
import { style } from './style.js'

export interface Page {
  readonly title: string
  readonly body: Html
  readonly status?: number
  /** Where a form on the page may lead in the end: answers go back to the client. */
  readonly leadsTo?: string
}

const styleSheet = constant(style)
const styleHash = `'sha256-${hash('sha256', style, 'base64')}'`

/** Sends a page. Nothing on it runs, nothing is loaded, and it stands in no frame. */
export function sendPage(response: ServerResponse, { title, body, status = 200, leadsTo }: Page): void {
  const policy = [
    "default-src 'none'",
    `style-src ${styleHash}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
    `form-action 'self'${leadsTo === undefined ? '' : ` ${sourcesOf(leadsTo)}`}`,
  ]
  const text = documentOf(title, body).text
  response.writeHead(status, {
    'Content-Security-Policy': policy.join('; '),
    'Cache-Control': 'no-store',
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
}

/**
 * Browsers hold the whole way that a form takes against `form-action`, also behind redirects that are not ours. So where
 * an answer goes to a site, it may go on to other sites; one to an app or to this machine stays there.
 */
function sourcesOf(uri: string): string {
  const { protocol, origin, hostname } = new URL(uri)
  if (protocol === 'https:') return 'https:'
  // A policy has no words for an IPv6 address.
  if (protocol === 'http:') return hostname.startsWith('[') ? 'http:' : origin
  return protocol
}

function documentOf(title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${styleSheet}</style>
</head>
<body>
<main>
<p class="brand"><svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true"><path d="M4 21V9l8-6 8 6v12M4 21h16M9 21v-6a3 3 0 0 1 6 0v6"/></svg>Gatehouse</p>
${body}
</main>
</body>
</html>
`
}
