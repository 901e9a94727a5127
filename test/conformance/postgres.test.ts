import { postgres } from '../backends/postgres.js'
import { conformance } from './conformance.js'

conformance(postgres)
