import { type FunctionFailure, failure, type HclFunction } from '../function.ts';
import { NUMBER, STRING } from '../type.ts';
import { stringValue, type Value } from '../value.ts';
import { numberAt, parameter, textAt } from './arguments.ts';

interface Prefix {
  /** 32 for IPv4, 128 for IPv6. */
  readonly bits: 32 | 128;
  /** The address with nothing in its host part. */
  readonly network: bigint;
  readonly length: number;
}

function parsePrefix(text: string): Prefix | undefined {
  const [address = '', length = '', more] = text.split('/');
  if (more !== undefined || !/^\d{1,3}$/.test(length)) return undefined;
  const bits = address.includes(':') ? 128 : 32;
  const value = bits === 128 ? parseV6(address) : parseV4(address);
  const prefixLength = Number(length);
  if (value === undefined || prefixLength > bits) return undefined;
  const host = BigInt(bits - prefixLength);
  return { bits, network: (value >> host) << host, length: prefixLength };
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  // The last 32 bits may be written as IPv4.
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const tail = dotted === null ? undefined : parseV4(dotted[2] ?? '');
  if (dotted !== null && tail === undefined) return undefined;
  const plain =
    dotted === null || tail === undefined
      ? text
      : `${dotted[1]}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`;
  const halves = plain.split('::');
  if (halves.length > 2) return undefined;
  const [front = [], back = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - front.length - back.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...front, ...Array.from({ length: missing }, () => '0'), ...back];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function addressText(value: bigint, bits: 32 | 128): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');
  const groups = Array.from({ length: 8 }, (_, at) => ((value >> BigInt(112 - at * 16)) & 0xffffn).toString(16));
  return shortened(groups);
}

/** The longest run of two zero groups or more is written `::` (RFC 5952). */
function shortened(groups: readonly string[]): string {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0;
    while (groups[start + length] === '0') length += 1;
    if (length > best.length) best = { start, length };
  }
  if (best.start < 0) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
}

const notPrefix = (text: string): FunctionFailure =>
  failure(`${JSON.stringify(text)} is no address range; one looks like 10.0.0.0/8 or fd00::/64.`, 0);

function cidrhost(args: readonly Value[]): Value | FunctionFailure {
  const prefix = parsePrefix(textAt(args, 0));
  if (prefix === undefined) return notPrefix(textAt(args, 0));
  const number = numberAt(args, 1);
  if (!number.isInteger()) return failure('The number of the host must be whole.', 1);
  const size = 1n << BigInt(prefix.bits - prefix.length);
  const host = BigInt(number.toFixed(0));
  const at = host < 0n ? size + host : host;
  if (at < 0n || at >= size)
    return failure(`A range of /${prefix.length} has ${size} addresses; there is no host ${host}.`, 1);
  return stringValue(addressText(prefix.network | at, prefix.bits));
}

function cidrsubnet(args: readonly Value[]): Value | FunctionFailure {
  const prefix = parsePrefix(textAt(args, 0));
  if (prefix === undefined) return notPrefix(textAt(args, 0));
  const [newBits, number] = [numberAt(args, 1), numberAt(args, 2)];
  if (!newBits.isInteger() || newBits.isNegative())
    return failure('The number of bits must be whole and not negative.', 1);
  if (!number.isInteger() || number.isNegative())
    return failure('The number of the subnet must be whole and not negative.', 2);
  const length = newBits.plus(prefix.length).toNumber();
  if (length > prefix.bits)
    return failure(
      `A range of /${prefix.length} cannot be made ${newBits.toFixed(0)} bits smaller: an address has ${prefix.bits} bits.`,
      1,
    );
  const subnet = BigInt(number.toFixed(0));
  if (subnet >= 1n << BigInt(newBits.toNumber()))
    return failure(`With ${newBits.toFixed(0)} bits there is no subnet ${subnet}.`, 2);
  return stringValue(
    `${addressText(prefix.network | (subnet << BigInt(prefix.bits - length)), prefix.bits)}/${length}`,
  );
}

const prefix = parameter('prefix', STRING, 'A range of addresses, as 10.0.0.0/8.');

export const NETWORK_FUNCTIONS: readonly HclFunction[] = [
  {
    kind: 'eager',
    name: 'cidrhost',
    group: 'network',
    doc: 'An address of a range by its number; a negative one counts from the end.',
    examples: [{ source: 'cidrhost("10.12.112.0/20", 16)', result: '"10.12.112.16"' }],
    parameters: [prefix, parameter('host', NUMBER, 'Its number, from 0.')],
    returns: STRING,
    call: cidrhost,
  },
  {
    kind: 'eager',
    name: 'cidrsubnet',
    group: 'network',
    doc: 'A smaller range within a range.',
    examples: [{ source: 'cidrsubnet("172.16.0.0/12", 4, 2)', result: '"172.18.0.0/16"' }],
    parameters: [
      prefix,
      parameter('newbits', NUMBER, 'By how many bits the prefix grows.'),
      parameter('subnet', NUMBER, 'Which one, from 0.'),
    ],
    returns: STRING,
    call: cidrsubnet,
  },
];
