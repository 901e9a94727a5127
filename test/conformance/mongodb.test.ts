import { mongodb } from '../backends/mongodb.js'
import { documents } from './documents/documents.js'

documents(mongodb)
