/** The path of a program; installs its Debian package first where this may be done. */
export function program(name: string, debianPackage: string): Promise<{ path: string } | { skipped: string }>
