// A hand-written server on node:http that streams the files of a folder without any check.
// node bare-files.mjs FOLDER: prints its port. GET and PUT /{name}.
import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

const [folder = '.'] = process.argv.slice(2)

async function answer(request, response) {
  const file = join(folder, (request.url ?? '').slice(1))
  if (request.method === 'PUT') {
    await pipeline(request, createWriteStream(file))
    response.end('{}')
    return
  }
  const { size } = await stat(file)
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': size })
  await pipeline(createReadStream(file), response)
}

const server = createServer({ requestTimeout: 0 }, (request, response) => {
  answer(request, response).catch(() => response.destroy())
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
