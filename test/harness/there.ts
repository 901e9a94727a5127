/** What has been opened, of a kind that every machine has. Throws where it was skipped all the same. */
export function there<Opened extends object>(opened: Opened | { readonly skipped: string }): Opened {
  if ('skipped' in opened) throw new Error(String(opened.skipped))
  return opened
}
