export { createPipeline } from './create-pipeline.js'
export type { PipelinePorts, Redact } from './pipeline-ports.js'
