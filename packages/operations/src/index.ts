export { operationsOf } from './operations-of.js'
