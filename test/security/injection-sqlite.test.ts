import { sqlite } from '../backends/sqlite.js'
import { injection } from './injection.js'

injection(sqlite, 'all')
