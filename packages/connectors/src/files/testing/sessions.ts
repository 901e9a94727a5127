import { readdirSync, readFileSync } from 'node:fs'

interface Process {
  readonly pid: number
  readonly parent: number
  readonly name: string
}

/** The processes that a server has started and that still run: one for each session, as FTP and SSH servers do it. */
export function childrenOf(server: number): readonly string[] {
  return processes().flatMap(({ parent, pid }) => (parent === server ? [String(pid)] : []))
}

/** Ends, stops or wakes the processes that serve the sessions of a server, and those beneath them. */
export function signalSessions(server: number, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
  const running = processes()
  const name = running.find(({ pid }) => pid === server)?.name
  const below = (parent: number): Process[] =>
    running.filter((one) => one.parent === parent && one.name === name).flatMap((one) => [one, ...below(one.pid)])
  for (const { pid } of below(server)) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has just ended by itself.
    }
  }
}

function processes(): Process[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const end = stat.lastIndexOf(')')
      const [state, parent] = stat.slice(end + 2).split(' ')
      const ended = state === 'Z' || state === 'X'
      return ended ? [] : [{ pid: Number(name), parent: Number(parent), name: stat.slice(stat.indexOf('(') + 1, end) }]
    } catch {
      return []
    }
  })
}

/** The near ends of open connections to a port of this machine: for servers that serve many in one process. */
export function connectionsTo(port: number): readonly string[] {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const established = '01'
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, from = '', to = '', state]) => (to.endsWith(remote) && state === established ? [from] : []))
}
