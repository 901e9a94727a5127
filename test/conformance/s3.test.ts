import { s3Elsewhere, s3rver, swift } from '../backends/s3.js'
import { fileConformance } from './files/conformance.js'

for (const backend of [s3Elsewhere, swift, s3rver]) fileConformance(backend)
