import { ftp, ftpExplicitTls, ftpImplicitTls, ftpListOnly } from '../backends/ftp.js'
import { fileConformance } from './files/conformance.js'

for (const backend of [ftp, ftpExplicitTls, ftpImplicitTls, ftpListOnly]) fileConformance(backend)
