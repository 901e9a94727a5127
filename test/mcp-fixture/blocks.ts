import { deflateSync } from 'node:zlib'
import { crc32 } from './crc32.js'

/** Content blocks that the conformance suite wants back: a red pixel, a moment of silence, a small resource. */

export function text(value: string) {
  return { type: 'text', text: value }
}

export const image = { type: 'image', data: redPixel().toString('base64'), mimeType: 'image/png' }
export const audio = { type: 'audio', data: silence().toString('base64'), mimeType: 'audio/wav' }

function redPixel(): Buffer {
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0])
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const pixel = deflateSync(Buffer.from([0, 255, 0, 0]))
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixel), chunk('IEND', Buffer.alloc(0))])
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const frame = Buffer.alloc(body.length + 8)
  frame.writeUInt32BE(data.length, 0)
  body.copy(frame, 4)
  frame.writeUInt32BE(crc32(body), body.length + 4)
  return frame
}

/** Eight samples of 8 bit at 8 kHz. */
function silence(): Buffer {
  const samples = Buffer.alloc(8, 0x80)
  const wave = Buffer.alloc(44)
  wave.write('RIFF', 0, 'latin1')
  wave.writeUInt32LE(36 + samples.length, 4)
  wave.write('WAVEfmt ', 8, 'latin1')
  wave.writeUInt32LE(16, 16)
  wave.writeUInt16LE(1, 20)
  wave.writeUInt16LE(1, 22)
  wave.writeUInt32LE(8000, 24)
  wave.writeUInt32LE(8000, 28)
  wave.writeUInt16LE(1, 32)
  wave.writeUInt16LE(8, 34)
  wave.write('data', 36, 'latin1')
  wave.writeUInt32LE(samples.length, 40)
  return Buffer.concat([wave, samples])
}
