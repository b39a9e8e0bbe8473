import { type FunctionFailure, failure, type HclFunction } from '../function.ts';
import { STRING } from '../type.ts';
import { stringValue, type Value } from '../value.ts';
import { parameter, textAt } from './arguments.ts';
import { toBase64, toHex, utf8Bytes } from './bytes.ts';
import { md5, sha1, sha256, sha512 } from './digest.ts';

const text = parameter('string', STRING, 'The text whose UTF-8 bytes are hashed.');

function hash(
  name: string,
  doc: string,
  source: string,
  result: string,
  digest: (bytes: Uint8Array) => string,
): HclFunction {
  return {
    kind: 'eager',
    name,
    group: 'hashes',
    doc,
    examples: [{ source, result }],
    parameters: [text],
    returns: STRING,
    call: (args) => stringValue(digest(utf8Bytes(textAt(args, 0)))),
  };
}

/** RFC 4122's own namespaces: they differ in one digit only. */
const NAMESPACES: ReadonlyMap<string, string> = new Map(
  (['dns', 'url', 'oid', 'x500'] as const).map((name, at) => [
    name,
    `6ba7b81${[0, 1, 2, 4][at]}-9dad-11d1-80b4-00c04fd430c8`,
  ]),
);

/** Without what some write around a UUID. */
const bareUuid = (text: string): string => text.replace(/^urn:uuid:/i, '').replace(/^\{(.*)\}$/s, '$1');

function uuidv5(args: readonly Value[]): Value | FunctionFailure {
  const namespace = NAMESPACES.get(textAt(args, 0)) ?? bareUuid(textAt(args, 0));
  if (!/^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(namespace)) {
    return failure('The namespace must be dns, url, oid, x500 or a UUID.', 0);
  }
  const prefix = (namespace.replaceAll('-', '').match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  const digest = sha1(Uint8Array.from([...prefix, ...utf8Bytes(textAt(args, 1))])).slice(0, 16);
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  return stringValue(toHex(digest).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
}

export const HASH_FUNCTIONS: readonly HclFunction[] = [
  hash(
    'md5',
    'The MD5 hash, in hexadecimal. Not for secrets.',
    'md5("a")',
    '"0cc175b9c0f1b6a831c399e269772661"',
    (bytes) => toHex(md5(bytes)),
  ),
  hash(
    'sha1',
    'The SHA-1 hash, in hexadecimal. Not for secrets.',
    'sha1("a")',
    '"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"',
    (bytes) => toHex(sha1(bytes)),
  ),
  hash(
    'sha256',
    'The SHA-256 hash, in hexadecimal.',
    'sha256("a")',
    '"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"',
    (bytes) => toHex(sha256(bytes)),
  ),
  hash(
    'sha512',
    'The SHA-512 hash, in hexadecimal.',
    'sha512("a")',
    '"1f40fc92da241694750979ee6cf582f2d5d7d28e18335de05abc54d0560e0f5302860c652bf08d560252aa5e74210546f369fbbbce8c12cfc7957b2652fe9a75"',
    (bytes) => toHex(sha512(bytes)),
  ),
  hash(
    'base64sha256',
    'The SHA-256 hash, in base64.',
    'base64sha256("a")',
    '"ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs="',
    (bytes) => toBase64(sha256(bytes)),
  ),
  {
    kind: 'eager',
    name: 'uuidv5',
    group: 'hashes',
    doc: 'A UUID made of a namespace and a name: the same two give the same one.',
    examples: [{ source: 'uuidv5("dns", "www.example.com")', result: '"2ed6657d-e927-568b-95e1-2665a8aea6a2"' }],
    parameters: [
      parameter('namespace', STRING, 'dns, url, oid, x500 or a UUID.'),
      parameter('name', STRING, 'A name in it.'),
    ],
    returns: STRING,
    call: uuidv5,
  },
];
