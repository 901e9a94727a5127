import type { IncomingMessage, ServerResponse } from 'node:http'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure, toFailure } from '@gatehouse/core'
import express, { type ErrorRequestHandler, type Request, type Response } from 'express'
import { errorReply } from './error-reply.js'
import type { RestOptions } from './options.js'
import { createDoor } from './origin.js'
import { requestIds } from './request-id.js'

/** Our own pages: beside `src` and `dist` alike. */
const pages = fileURLToPath(new URL('../public/', import.meta.url))
const swaggerUi = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')))

/** Nothing from elsewhere, and no script or style inside a page. Swagger UI's icons are data URLs. */
const contentSecurity = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Pages for people and probes for machines: none of it is in the way of a call. */
export function createSite(options: RestOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const { health, metrics, log } = options
  const door = createDoor(options)
  const newRequestId = options.newRequestId ?? requestIds()
  const site = express()
  site.disable('x-powered-by')
  site.set('etag', false)

  site.use((request: Request, response: Response, next: () => void) => {
    response.set('X-Content-Type-Options', 'nosniff')
    response.set('Referrer-Policy', 'no-referrer')
    response.set('Content-Security-Policy', contentSecurity)
    door.host(request)
    next()
  })
  site.get('/health/live', (_request, response) => probe(response, health.live()))
  site.get('/health/ready', async (_request, response) => probe(response, await health.ready()))
  if (metrics) {
    site.get('/metrics', async (_request, response) => {
      response
        .set('Cache-Control', 'no-store')
        .type('text/plain; version=0.0.4; charset=utf-8')
        .send(await metrics())
    })
  }
  site.get('/', (_request, response) => response.sendFile('index.html', { root: pages }))
  // With the slash, so that the page's own links stay below it.
  site.get('/docs', (request, response, next) => {
    if (request.path.endsWith('/')) next()
    else response.redirect(301, '/docs/')
  })
  site.use('/docs', express.static(`${pages}docs`, { index: 'index.html' }))
  site.use('/docs/swagger-ui', express.static(swaggerUi, { index: false, maxAge: '1d' }))
  site.use(() => {
    throw new Failure('not_found', 'There is nothing at this path', {
      hint: 'Records are below /api/v2, pages at /docs',
    })
  })

  const onError: ErrorRequestHandler = (thrown: unknown, _request, response, _next) => {
    const requestId = newRequestId()
    const failure = statusIn(thrown) === 404 || statusIn(thrown) === 400 ? noSuchFile() : toFailure(thrown)
    if (failure.code === 'internal') log.error({ request_id: requestId, err: failure.cause }, failure.message)
    if (response.headersSent) {
      response.destroy()
      return
    }
    const { status, headers, body } = errorReply(failure, requestId)
    response.status(status).set('X-Request-Id', requestId)
    for (let i = 0; i + 1 < headers.length; i += 2) response.set(headers[i] ?? '', headers[i + 1] ?? '')
    response.send(typeof body === 'string' ? body : Buffer.from(body))
  }
  site.use(onError)
  return (request, response) => {
    site(request, response)
  }
}

function probe(response: Response, well: boolean): void {
  response
    .status(well ? 200 : 503)
    .set('Cache-Control', 'no-store')
    .json({ status: well ? 'ok' : 'unavailable' })
}

/** What express says of a path that it cannot decode or a file that is not there. */
function statusIn(thrown: unknown): unknown {
  return typeof thrown === 'object' && thrown !== null && 'status' in thrown && !(thrown instanceof Failure)
    ? thrown.status
    : undefined
}

function noSuchFile(): Failure {
  return new Failure('not_found', 'There is nothing at this path')
}
