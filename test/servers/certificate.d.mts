/** A certificate for 127.0.0.1 and localhost that signs itself: the paths of its files, and its text. */
export function selfSigned(
  directory: string,
): Promise<{ readonly key: string; readonly certificate: string; readonly pem: string } | { readonly skipped: string }>

/** An RSA key for messages, with a certificate that signs itself: both as PEM. */
export function messageKey(
  directory: string,
  name: string,
  bits?: number,
): Promise<{ readonly key: string; readonly certificate: string } | { readonly skipped: string }>
