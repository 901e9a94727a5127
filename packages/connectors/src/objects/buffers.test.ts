import { expect, test } from 'vitest'
import { createBuffers } from './buffers.js'

const never = new AbortController().signal

test('those that come too late wait in order, and an abort leaves the queue without a trace', async () => {
  const buffers = createBuffers(10, 2)
  const [first, second] = [await buffers.take(never), await buffers.take(never)]
  const order: string[] = []
  const controller = new AbortController()
  const leaving = buffers.take(controller.signal)
  const third = buffers.take(never).then((buffer) => {
    order.push('third')
    return buffer
  })
  const fourth = buffers.take(never).then((buffer) => {
    order.push('fourth')
    return buffer
  })
  controller.abort()
  await expect(leaving).rejects.toMatchObject({ code: 'cancelled' })
  buffers.give(first)
  expect(await third).toBe(first)
  buffers.give(second)
  expect(await fourth).toBe(second)
  expect(order).toEqual(['third', 'fourth'])
})

test('a buffer that is handed over in the moment of an abort is for the next one', async () => {
  const buffers = createBuffers(10, 1)
  const only = await buffers.take(never)
  const controller = new AbortController()
  const leaving = buffers.take(controller.signal)
  const next = buffers.take(never)
  buffers.give(only)
  controller.abort()
  await leaving.then(
    (buffer) => buffers.give(buffer),
    () => {},
  )
  expect(await next).toBe(only)
  buffers.give(only)
  expect(await buffers.take(never)).toHaveLength(10)
})
