import { BlockList, isIP } from 'node:net'

/**
 * Tells whether an address is among those listed: single ones or networks (`10.0.0.0/8`, `fd00::/8`). No list: all
 * are. An IPv4 address inside IPv6 (`::ffff:10.0.0.1`) is that IPv4 address. An entry that is no address admits none.
 */
export function addressFilter(addresses: readonly string[] | undefined): (address: string | undefined) => boolean {
  if (!addresses) return () => true
  const list = new BlockList()
  for (const entry of addresses) {
    const [address = '', bits] = entry.split('/')
    const family = familyOf(address)
    if (!family) continue
    if (bits === undefined) list.addAddress(address, family)
    else if (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 'ipv4' ? 32 : 128)) {
      list.addSubnet(address, Number(bits), family)
    }
  }
  return (address) => {
    if (address === undefined) return false
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
    const family = familyOf(plain)
    return family !== undefined && list.check(plain, family)
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address)
  return version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : undefined
}
