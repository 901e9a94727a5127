import { oracle } from '../backends/oracle.js'
import { conformance } from './conformance.js'

conformance(oracle)
