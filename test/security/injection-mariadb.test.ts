import { mariadb, mariadbAnsi } from '../backends/mariadb.js'
import { injection } from './injection.js'

injection(mariadb, 'third')
injection(mariadbAnsi, 'values')
