import { sqlite } from '../backends/sqlite.js'
import { conformance } from './conformance.js'

conformance(sqlite)
