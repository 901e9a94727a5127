import { expect, it } from 'vitest'
import { parseFacts, parseMachineListing, parseTextListing } from './listing.js'

async function* chunksOf(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

it('reads facts in any order and case, and names with blanks, signs and equals', () => {
  const file = parseFacts('Size=5;Modify=20261121043039.123;Type=file;Unique=1U2; a = b; c')
  expect(file).toMatchObject({
    name: 'a = b; c',
    type: 'file',
    size: 5,
    modified: new Date('2026-11-21T04:30:39.123Z'),
  })
  expect(parseFacts('type=file;size=5;modify=20261121043039;unique=1U3; x')?.etag).not.toBe(file?.etag)
  expect(parseFacts('type=dir;modify=20261121043039;  two')).toMatchObject({ name: ' two', type: 'folder' })
  for (const self of ['cdir', 'pdir']) expect(parseFacts(`type=${self}; .`)).toBeUndefined()
  for (const link of ['OS.unix=slink:/etc', 'OS.unix=symlink', 'OS.unix=chr-13/29']) {
    expect(parseFacts(`type=${link};size=1; x`)).toMatchObject({ type: 'other' })
  }
  expect(parseFacts('nothing')).toBeUndefined()
})

it('reads lines of a listing in whatever pieces they come', async () => {
  const text = Buffer.from('type=file;size=1; ä\r\ntype=cdir; .\r\ntype=dir; 日本\r\ntype=file;size=2; last')
  for (const size of [1, 3, 1000]) {
    const names: string[] = []
    for await (const { name } of parseMachineListing(chunksOf(text, size))) names.push(name)
    expect(names).toEqual(['ä', '日本', 'last'])
  }
})

it('reads listings for people, without their times', async () => {
  const text = Buffer.from(
    'total 3\r\ndrwxr-xr-x   2 0        0            4096 Nov 21 05:35 a folder\r\n' +
      '-rw-r--r--   1 0        0               7 Nov 21  2025 ü.txt\r\nlrwxrwxrwx 1 0 0 7 Nov 21 05:35 l -> /etc\r\n',
  )
  expect(await parseTextListing(chunksOf(text, 10))).toEqual([
    { name: 'a folder', type: 'folder' },
    { name: 'ü.txt', type: 'file', size: 7 },
    { name: 'l', type: 'other' },
  ])
})
