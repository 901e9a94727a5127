// One wrk run against one process: requests a second, CPU time a request, memory.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ticksPerSecond = 100

/** A process and those that it started, and so on. */
function family(pid) {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [name, parentOf(name)])
  const found = [String(pid)]
  for (const one of found) for (const [name, parent] of parents) if (parent === one) found.push(name)
  return found
}

function parentOf(pid) {
  try {
    return statOf(pid)[1]
  } catch {
    return undefined
  }
}

/** What stands behind the name of the program: state, parent, ... */
function statOf(pid) {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')
}

/** Seconds of CPU that a server has used, with all its threads and processes. */
function cpuSeconds(pid) {
  return family(pid).reduce((sum, one) => {
    const fields = statOf(one)
    return sum + (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  }, 0)
}

function residentMegabytes(pid) {
  const kilobytes = family(pid).map((one) => {
    const line = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${one}/status`, 'utf8'))
    return Number(line?.[1] ?? 0)
  })
  return Math.round(kilobytes.reduce((sum, one) => sum + one, 0) / 1024)
}

/** A wrk script that draws the number of each request. `%d` of the path, `@N@` of the body; `:e` is the number + 1000. */
function script({ path, body, headers, method, most }) {
  const lines = Object.entries(headers).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  )
  return `math.randomseed(42)
wrk.method = ${JSON.stringify(method)}
${lines.join('\n')}
local path = ${JSON.stringify(path.replaceAll('%%', '%'))}
local body = ${body === undefined ? 'nil' : `[==[${body}]==]`}
function request()
  local n = math.random(1, ${most})
  local p = path:gsub("%%d", tostring(n)):gsub(":e", tostring(n + 1000))
  local b = body and body:gsub("@N@", tostring(n)):gsub("@E@", tostring(n + 1000)) or nil
  return wrk.format(nil, p, nil, b)
end
`
}

/** Runs wrk for some seconds with 16 connections. Throws when an answer was no 2xx. */
export async function load(target, { folder, seconds, pid }) {
  const file = join(folder, 'request.lua')
  writeFileSync(file, script(target))
  const before = cpuSeconds(pid)
  const output = await run('wrk', ['-t1', '-c16', `-d${seconds}s`, '-s', file, target.url])
  const cpu = cpuSeconds(pid) - before
  const requests = Number(/(\d+) requests in/.exec(output)?.[1] ?? 0)
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1] ?? 0)
  const bad = /Non-2xx or 3xx responses: (\d+)|Socket errors:(.*)/.exec(output)
  if (bad || requests === 0) throw new Error(`${target.url}${target.path}: ${bad?.[0] ?? 'no requests'}\n${output}`)
  return { perSecond, cpuMicros: (cpu / requests) * 1e6, megabytes: residentMegabytes(pid) }
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${command} ended with ${code}\n${output}`)),
    )
  })
}
