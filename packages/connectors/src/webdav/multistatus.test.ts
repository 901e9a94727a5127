import { expect, it } from 'vitest'
import { parseMultistatus, pathOf, type Resource } from './multistatus.js'

async function parsed(text: string, pieces = 1): Promise<Resource[]> {
  const bytes = Buffer.from(text)
  const size = Math.ceil(bytes.length / pieces)
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const found: Resource[] = []
  for await (const resource of parseMultistatus(chunks())) found.push(resource)
  return found
}

const answer = `<?xml version="1.0"?><x:multistatus xmlns:x="DAV:" xmlns:o="urn:other">
<x:response><x:href>https://host/dav/</x:href><x:propstat><x:prop><x:resourcetype><x:collection/></x:resourcetype>
  </x:prop><x:status>HTTP/1.1 200 OK</x:status></x:propstat></x:response>
<x:response><x:href>/dav/a%20&#252;%26.txt</x:href>
  <x:propstat><x:prop><x:resourcetype/><x:getcontentlength>5</x:getcontentlength><o:getetag>"other"</o:getetag>
    <x:getetag>W/"abc"</x:getetag><x:getlastmodified>Sat, 21 Nov 2026 04:32:20 GMT</x:getlastmodified></x:prop>
    <x:status>HTTP/1.1 200 OK</x:status></x:propstat>
  <x:propstat><x:prop><x:getcontenttype>not/known</x:getcontenttype></x:prop>
    <x:status>HTTP/1.1 404 Not Found</x:status></x:propstat></x:response></x:multistatus>`

it('reads resources in whatever pieces they come', async () => {
  for (const pieces of [1, 2, 7, answer.length]) {
    expect(await parsed(answer, pieces)).toEqual([
      { href: 'https://host/dav/', folder: true },
      {
        href: '/dav/a%20ü%26.txt',
        folder: false,
        size: 5,
        etag: 'abc',
        modified: new Date('2026-11-21T04:32:20Z'),
      },
    ])
  }
})

it('refuses what is no answer, what ends early, and entities that stand for others', async () => {
  const bomb = '<!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><m xmlns="DAV:"><response>&b;</response></m>'
  for (const wrong of ['', '<html></html>', '<multistatus/>', 'text', answer.slice(0, 700), bomb]) {
    await expect(parsed(wrong), wrong).rejects.toThrow()
  }
})

it('takes only what is beneath the root', () => {
  const root = new URL('https://host/dav%20x/')
  expect(pathOf('/dav%20x/a/b%2Cc', root)).toBe('a/b,c')
  expect(pathOf('https://host/dav x/', root)).toBe('')
  expect(pathOf('/dav%20x', root)).toBe('')
  for (const href of ['/other/a', '/dav%20x/../etc', '/', '%', '/dav%20x%2/'])
    expect(pathOf(href, root)).toBeUndefined()
})
