import { sqlserver } from '../backends/sqlserver.js'
import { conformance } from './conformance.js'

conformance(sqlserver)
