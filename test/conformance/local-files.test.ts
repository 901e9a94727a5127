import { localFiles } from '../backends/local-files.js'
import { fileConformance } from './files/conformance.js'

fileConformance(localFiles)
