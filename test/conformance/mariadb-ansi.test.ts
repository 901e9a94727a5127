import { mariadbAnsi } from '../backends/mariadb.js'
import { conformance } from './conformance.js'

conformance(mariadbAnsi)
