/** The role that every tenant has, though no file names it: everything, everywhere. */
export const administratorRole = 'administrator'

/** Names that no service can have: each is a path of Gatehouse itself below /api/v2. */
export const reservedServices: readonly string[] = ['system', 'user', 'api_docs']
