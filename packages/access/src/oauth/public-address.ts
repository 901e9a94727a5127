import { BlockList, isIP } from 'node:net'

/** IANA's special-purpose registries: this machine, this network, shared and documentation space, multicast. */
const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
/** Of what is allocated (2000::/3): protocol assignments with Teredo, documentation, 6to4, segment routing. */
const special6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20']

const refused = new BlockList()
for (const network of special4) add(network, 'ipv4')
for (const network of special6) add(network, 'ipv6')
const allocated = new BlockList()
allocated.addSubnet('2000::', 3, 'ipv6')

function add(network: string, family: 'ipv4' | 'ipv6') {
  const [address = '', bits] = network.split('/')
  refused.addSubnet(address, Number(bits), family)
}

/** True for an address of the public internet: what is anything else, a server must not be talked into asking. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !refused.check(address, 'ipv4')
    case 6:
      // Everything outside of what is allocated is refused: mapped IPv4, link-local, unique local, NAT64, multicast.
      return allocated.check(address, 'ipv6') && !refused.check(address, 'ipv6')
    default:
      return false
  }
}
