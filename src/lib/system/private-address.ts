import { BlockList, isIP } from 'node:net';

/**
 * Addresses that are not the public internet's: this machine, private networks, link-local (where clouds answer with credentials),
 * shared, documentation, multicast and reserved ones, and every way to write an IPv4 address as an IPv6 one.
 */
const NOT_PUBLIC = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  // Azure's own services, reached from its machines at an address that looks public.
  ['168.63.129.16', 32],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  NOT_PUBLIC.addSubnet(network, bits, 'ipv4');
}

/** Of IPv6 only 2000::/3 is given out; these parts of it are not public either. */
const PUBLIC_V6 = new BlockList();
PUBLIC_V6.addSubnet('2000::', 3, 'ipv6');
const NOT_PUBLIC_V6 = new BlockList();
for (const [network, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  // 6to4 carries an IPv4 address, which may be a private one.
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  NOT_PUBLIC_V6.addSubnet(network, bits, 'ipv6');
}

/** Whether a connection to this address could reach what only this machine or its own network may. No address at all counts as private. */
export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, '');
  switch (isIP(plain)) {
    case 4:
      return NOT_PUBLIC.check(plain, 'ipv4');
    case 6:
      return !PUBLIC_V6.check(plain, 'ipv6') || NOT_PUBLIC_V6.check(plain, 'ipv6');
    default:
      return true;
  }
}
