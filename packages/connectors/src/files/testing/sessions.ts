import { readdirSync, readFileSync } from 'node:fs'

/** How many processes a server has started that still run: one for each session, as FTP and SSH servers do it. */
export function childrenOf(pid: number): number {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid).length
}

function parentOf(process: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${process}/stat`, 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' ? undefined : Number(parent)
  } catch {
    return undefined
  }
}
