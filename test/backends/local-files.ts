import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FileBackend } from './file-backend.js'

export const localFiles: FileBackend = {
  name: 'Local files',
  can: {
    folders: true,
    atomicWrite: true,
    exactTags: true,
    metadata: false,
    presign: false,
    onlyOneCreates: true,
  },
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-files-'))
    const root = join(folder, 'root')
    await mkdir(root)
    return {
      service: { type: 'local_file', root },
      down: (isDown) => (isDown ? rename(root, `${root}-away`) : rename(`${root}-away`, root)),
      close: () => rm(folder, { recursive: true }),
    }
  },
}
