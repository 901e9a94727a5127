import { mariadb } from '../backends/mariadb.js'
import { conformance } from './conformance.js'

conformance(mariadb)
