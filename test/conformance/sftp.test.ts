import { sftp } from '../backends/sftp.js'
import { fileConformance } from './files/conformance.js'

fileConformance(sftp)
