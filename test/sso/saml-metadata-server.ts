import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Described {
  /** PEM. */
  readonly certificates: readonly string[]
  readonly entityId?: string
  readonly use?: string
  readonly signIn?: string
  readonly binding?: string
  readonly validUntil?: string
  /** One of several. */
  readonly among?: boolean
}

/** Publishes the metadata of an identity provider, or what else it is told to answer with. */
export async function serveMetadata(issuer: string) {
  let content: Described | string = 'down'
  let asked = 0
  const server = createServer((_request, response) => {
    asked++
    if (content === 'down') response.writeHead(503).end()
    else if (content === 'elsewhere') response.writeHead(302, { location: 'https://evil.example/' }).end()
    else response.writeHead(200).end(typeof content === 'string' ? content : described(content))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  function described({ certificates, entityId = issuer, use = 'signing', among = false, ...more }: Described): string {
    const { signIn = `${origin}/sign-in`, binding = 'HTTP-Redirect', validUntil } = more
    const keys = certificates.map((pem) => {
      const certificate = pem.replace(/-----[^-]+-----/g, '')
      return `<KeyDescriptor use="${use}"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>`
    })
    const one = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"
        entityID="${entityId}"${validUntil === undefined ? '' : ` validUntil="${validUntil}"`}>
      <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${keys.join('')}
        <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${signIn}"/>
      </IDPSSODescriptor></EntityDescriptor>`
    if (!among) return one
    const another = '<EntityDescriptor entityID="https://another.example"/>'
    return `<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">${another}${one}</EntitiesDescriptor>`
  }

  return {
    origin,
    url: `${origin}/metadata`,
    asked: () => asked,
    serve(next: Described | string) {
      content = next
    },
    close: () => new Promise<unknown>((resolve) => server.close(resolve)),
  }
}
