import { createPrivateKey, X509Certificate } from 'node:crypto'

/**
 * A certificate as PEM, of its PEM or of the bare base64 that metadata has. Throws an Error, whose message may be shown,
 * where it is none or has no RSA key of 2048 bits at least. Of an identity provider only the key counts: SAML trusts the
 * very key, so neither the dates nor who signed the certificate are looked at (SAML 2.0 metadata interoperability, 2.3).
 */
export function certificateOf(text: string): string {
  const certificate = read(text)
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey
  if (asymmetricKeyType !== 'rsa' || (asymmetricKeyDetails?.modulusLength ?? 0) < 2048) {
    throw new Error('a certificate must have an RSA key of 2048 bits or more')
  }
  return certificate.toString()
}

/** Throws an Error, whose message may be shown, where a key is none or is not that of the certificate. */
export function checkPair(key: string, certificate: string): void {
  const pem = certificateOf(certificate)
  let matches: boolean
  try {
    matches = new X509Certificate(pem).checkPrivateKey(createPrivateKey(key))
  } catch {
    throw new Error('this is no private key in PEM')
  }
  if (!matches) throw new Error('the private key is not that of the certificate')
}

function read(text: string): X509Certificate {
  try {
    return new X509Certificate(text.includes('-----BEGIN') ? text.trim() : Buffer.from(text.trim(), 'base64'))
  } catch {
    throw new Error('this is no certificate: PEM, or base64 of its DER')
  }
}
