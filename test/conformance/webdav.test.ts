import { webdavBasic, webdavDigest, webdavTls } from '../backends/webdav.js'
import { fileConformance } from './files/conformance.js'

for (const backend of [webdavBasic, webdavDigest, webdavTls]) fileConformance(backend)
