import { webdavBasic, webdavDigest } from '../backends/webdav.js'
import { fileConformance } from './files/conformance.js'

for (const backend of [webdavBasic, webdavDigest]) fileConformance(backend)
