// A hand-written server on node:http and pg that runs the same statements without any check.
// node bare.mjs rows|json DATABASE_URL: prints its port. GET /{case}/{n}, POST /{case}/0; a tool call of MCP is POSTed
// to /{case}/{n} and answered as MCP has it, without a look at what it calls.
import { createServer } from 'node:http'
import pg from 'pg'
import { cases } from './cases.mjs'

const [way, connectionString] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString, max: 10 })

async function answer(request, response) {
  const [, index, n] = (request.url ?? '').split('/')
  const entry = cases[Number(index)]
  let body
  if (request.method === 'POST') {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    body = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  }
  const call = body?.jsonrpc === undefined ? undefined : body
  const values = entry.values(Number(n), call ? call.params.arguments.records?.[0] : body)
  const { rows } = await pool.query({ name: `${way}${index}`, text: entry[way], values })
  const plain = way === 'rows' ? print(entry, rows) : printed(entry, rows[0])
  const text = call ? toolResult(call.id, plain) : plain
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

function toolResult(id, text) {
  return JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } })
}

function print(entry, rows) {
  return entry.one ? JSON.stringify(rows[0]) : JSON.stringify({ resource: rows })
}

function printed(entry, row) {
  const [text] = Object.values(row)
  return entry.one ? text : `{"resource":${text}}`
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    response.writeHead(500)
    response.end(String(error))
  })
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
