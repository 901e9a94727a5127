export { createPipeline } from './create-pipeline.js'
export type { PipelinePorts } from './pipeline-ports.js'
