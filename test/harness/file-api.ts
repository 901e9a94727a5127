/** What came back over HTTP, with its bytes. */
interface FileReply {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape, and a wrong guess fails the test
  readonly body: any
}

type Body = string | Uint8Array | FormData | ReadableStream

export interface FileApi {
  /** Paths are below the service, without a slash before them; each part is encoded. */
  get(path: string, headers?: Record<string, string>): Promise<FileReply>
  put(path: string, body: Body, headers?: Record<string, string>): Promise<FileReply>
  send(method: string, path: string, body?: Body, headers?: Record<string, string>): Promise<FileReply>
}

/** A client of one file service with one key. A `?` and what is behind it is sent as it is. */
export function createFileApi(url: string, key: string, service: string): FileApi {
  async function send(
    method: string,
    path: string,
    body?: Body,
    headers: Record<string, string> = {},
  ): Promise<FileReply> {
    const mark = path.indexOf('?')
    const [name, query] = mark < 0 ? [path, ''] : [path.slice(0, mark), path.slice(mark)]
    const encoded = name.split('/').map(encodeURIComponent).join('/')
    const response = await fetch(`${url}/api/v2/${service}/${encoded}${query}`, {
      method,
      headers: { 'x-api-key': key, ...headers },
      ...(body !== undefined && { body, duplex: 'half' }),
    })
    const bytes = Buffer.from(await response.arrayBuffer())
    const text = bytes.toString('utf8')
    const json = /json/.test(response.headers.get('content-type') ?? '') && text !== ''
    return { status: response.status, headers: response.headers, bytes, text, body: json ? parsed(text) : undefined }
  }
  return {
    send,
    get: (path, headers) => send('GET', path, undefined, headers),
    put: (path, body, headers) => send('PUT', path, body, headers),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
