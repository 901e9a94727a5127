import { workerData } from 'node:worker_threads'

/*
 * A thread beside a worker's own. The worker notices that its parent is gone when it next reads from the pipe, but a
 * statement that never ends would keep it from that forever.
 */
const parent: unknown = workerData

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL')
}, 1000)
