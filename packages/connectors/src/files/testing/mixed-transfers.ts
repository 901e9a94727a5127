import { Failure } from '@gatehouse/core'
import { expect } from 'vitest'
import type { FileDriver } from '../driver.js'
import { chunksOf, get, put } from './calls.js'

/**
 * 200 transfers at a time: 50 writes, half of them with the size announced, 50 reads that are aborted, 50 that are left
 * and 50 that are read to the end. Each ends as it must, and what was written is whole.
 */
export async function mixedTransfers(driver: FileDriver, content: Buffer): Promise<void> {
  await put(driver, 'many/source', content)
  const outcomes = await Promise.all(Array.from({ length: 200 }, (_, i) => transfer(driver, content, i)))
  for (const outcome of ['written', 'cancelled', 'left', 'read']) {
    expect(outcomes.filter((one) => one === outcome)).toHaveLength(50)
  }
  for (let i = 0; i < 200; i += 20) expect((await get(driver, `many/${i}`)).equals(content)).toBe(true)
}

async function transfer(driver: FileDriver, content: Buffer, i: number): Promise<string> {
  const controller = new AbortController()
  const { signal } = controller
  try {
    if (i % 4 === 0) {
      const size = i % 8 === 0 ? {} : { size: content.length }
      await driver.write(`many/${i}`, chunksOf(content), { contentType: '', signal, ...size })
      return 'written'
    }
    const { chunks } = await driver.read('many/source', { signal })
    let bytes = 0
    for await (const chunk of chunks) {
      bytes += chunk.length
      if (i % 4 === 1) controller.abort()
      if (i % 4 === 2) return 'left'
    }
    return bytes === content.length ? 'read' : 'short'
  } catch (thrown) {
    return thrown instanceof Failure ? thrown.code : String(thrown)
  }
}
