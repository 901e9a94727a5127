import { postgres } from '../backends/postgres.js'
import { injection } from './injection.js'

injection(postgres, 'third')
