// A hand-written server on node:http and pg that runs the same statements without any check.
// node bare.mjs rows|json DATABASE_URL: prints its port. GET /{case}/{n}, POST /{case}/0.
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
  const { rows } = await pool.query({ name: `${way}${index}`, text: entry[way], values: entry.values(Number(n), body) })
  const text = way === 'rows' ? print(entry, rows) : printed(entry, rows[0])
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
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
