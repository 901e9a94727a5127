import type { Db, Document } from 'mongodb'

/** Whether the connection's user may do something with a collection. */
export type Privileges = (collection: string, action: string) => boolean

/** As `connectionStatus` tells. A server without access control lets everyone do everything. */
export async function readPrivileges(database: Db): Promise<Privileges> {
  const { authInfo } = await database.command({ connectionStatus: 1, showPrivileges: true })
  const users: readonly unknown[] = authInfo?.authenticatedUsers ?? []
  if (users.length === 0) return () => true
  const privileges: readonly Document[] = authInfo?.authenticatedUserPrivileges ?? []
  return (collection, action) =>
    privileges.some(({ resource, actions }) => {
      if (!Array.isArray(actions) || !(actions.includes(action) || actions.includes('anyAction'))) return false
      if (resource?.anyResource === true) return true
      return (
        (resource?.db === '' || resource?.db === database.databaseName) &&
        (resource?.collection === '' || resource?.collection === collection)
      )
    })
}
