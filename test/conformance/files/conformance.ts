import { describe } from 'vitest'
import type { FileBackend } from '../../backends/file-backend.js'
import { archives } from './archives.js'
import { copies } from './copies.js'
import { grants } from './grants.js'
import { listings } from './listings.js'
import { openStorage } from './open-storage.js'
import { reading } from './reading.js'
import { roles } from './roles.js'
import { writing } from './writing.js'

/** The one body that every storage passes, over HTTP, on a real server. */
export function fileConformance(backend: FileBackend): void {
  describe(backend.name, () => {
    const storage = openStorage(backend, { roles }, { max_file_size: '8mb' })
    writing(storage)
    reading(storage)
    listings(storage)
    copies(storage)
    archives(storage)
    grants(storage)
  })
}
