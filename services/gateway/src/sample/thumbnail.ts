import { crc32, deflateSync } from 'node:zlib'

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(content.length, 0)
  body.copy(framed, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}

/** A PNG of 4 by 4 pixels in one colour with a darker border below. Not compressed, so every version of zlib writes the same. */
export function thumbnail(red: number, green: number, blue: number): Uint8Array {
  const header = Buffer.from([0, 0, 0, 4, 0, 0, 0, 4, 8, 2, 0, 0, 0])
  const line = (shade: number) => [
    0,
    ...Array.from({ length: 4 }, () => [red, green, blue].map((c) => c >> shade)).flat(),
  ]
  const pixels = Buffer.from([line(0), line(0), line(0), line(1)].flat())
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels, { level: 0 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}
