import { png } from './png.js'

/** A PNG of 4 by 4 pixels in one colour with a darker border below. */
export function thumbnail(red: number, green: number, blue: number): Uint8Array {
  return png(4, 4, (_x, y) => (y < 3 ? [red, green, blue] : [red >> 1, green >> 1, blue >> 1]))
}
