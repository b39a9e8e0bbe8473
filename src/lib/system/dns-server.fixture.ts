/** A DNS server of our own on loopback, for names that change what they say. */
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';

export interface DnsServer {
  /** Asks it for the IPv4 addresses of a name, over the wire. */
  readonly resolve: (name: string) => Promise<readonly string[]>;
  /** The names it was asked for, in order. */
  readonly asked: readonly string[];
  close(): void;
}

/** `answers` says what it tells for a name; `time` counts how often it was asked for that name before. */
export async function startDnsServer(answers: (name: string, time: number) => readonly string[]): Promise<DnsServer> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const { name, end } = questionOf(query);
    const addresses = answers(name, asked.filter((earlier) => earlier === name).length);
    asked.push(name);
    socket.send(answerTo(query, end, addresses), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return { resolve: (name) => resolver.resolve4(name), asked, close: () => void socket.close() };
}

/** RFC 1035, 4.1: twelve bytes of header, then the name as labels with their lengths, then type and class. */
function questionOf(query: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 5 };
}

function answerTo(query: Buffer, end: number, addresses: readonly string[]): Buffer {
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  // An answer; recursion was wanted and is there; the code is 0 (fine) or 3 (no such name).
  header.writeUInt16BE(addresses.length > 0 ? 0x81_80 : 0x81_83, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  const records = addresses.map((address) =>
    // The name of the question (a pointer to byte 12), type A, class IN, 0 s to live, four bytes.
    Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]),
  );
  return Buffer.concat([header, query.subarray(12, end), ...records]);
}
