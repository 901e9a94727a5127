import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** Puts documents on the web of this machine, as clients do with their metadata. */
export interface DocumentServer {
  readonly origin: string
  readonly ca: string
  /** Paths that were asked for, in order. */
  readonly asked: string[]
  /** The URL of a document; `made` is told the URL, since documents name it. */
  put(path: string, made: (url: string) => unknown, more?: Partial<Served>): string
  close(): Promise<void>
}

interface Served {
  readonly status: number
  readonly type: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export async function serveDocuments(certificate: {
  readonly key: string
  readonly certificate: string
  readonly pem: string
}): Promise<DocumentServer> {
  const documents = new Map<string, Served>()
  const asked: string[] = []
  const files = { key: readFileSync(certificate.key), cert: readFileSync(certificate.certificate) }
  const server = createServer(files, ({ url = '' }, response) => {
    asked.push(url)
    const { status, type, headers, body } = documents.get(url) ?? {
      status: 404,
      type: 'text/plain',
      headers: {},
      body: '',
    }
    response.writeHead(status, { 'content-type': type, ...headers }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`
  return {
    origin,
    ca: certificate.pem,
    asked,
    put(path, made, { status = 200, type = 'application/json', headers = {}, body } = {}) {
      const url = `${origin}${path}`
      documents.set(path, { status, type, headers, body: body ?? JSON.stringify(made(url)) })
      return url
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
