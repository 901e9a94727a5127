import { azureBlob } from '../backends/azure-blob.js'
import { fileConformance } from './files/conformance.js'

fileConformance(azureBlob)
