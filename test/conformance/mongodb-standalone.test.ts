import { mongodbStandalone } from '../backends/mongodb.js'
import { documents } from './documents/documents.js'

documents(mongodbStandalone)
