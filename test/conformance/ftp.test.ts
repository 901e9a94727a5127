import { ftpExplicitTls, ftpListOnly } from '../backends/ftp.js'
import { fileConformance } from './files/conformance.js'

for (const backend of [ftpExplicitTls, ftpListOnly]) fileConformance(backend)
