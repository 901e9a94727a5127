import { postgres } from '../backends/postgres.js'
import { sqlite } from '../backends/sqlite.js'
import { across } from './across.js'

across(sqlite, postgres)
across(postgres, sqlite)
