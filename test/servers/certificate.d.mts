/** A certificate for 127.0.0.1 and localhost that signs itself: the paths of its files, and its text. */
export function selfSigned(
  directory: string,
): Promise<{ readonly key: string; readonly certificate: string; readonly pem: string } | { readonly skipped: string }>
