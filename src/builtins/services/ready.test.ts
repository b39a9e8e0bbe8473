/** The protocols by which services are asked whether they are ready, against servers that say what real ones do. */
import { afterEach, expect, test } from 'bun:test';
import { createServer, type Server, type Socket } from 'node:net';
import { encodeBson } from './protocols/bson.ts';
import type { Address, ServiceName } from './service-facts.ts';
import { SERVICES } from './service-table.ts';

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

function serve(onConnection: (socket: Socket) => void): Promise<Address> {
  const server = createServer(onConnection);
  open.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({ host: '127.0.0.1', port: typeof address === 'object' && address !== null ? address.port : 0 });
    });
  });
}

/** Says the first before it is asked, if there is one, then one of the others for each thing it is told. */
function saying(first: Buffer | undefined, ...answers: readonly (Buffer | undefined)[]): Promise<Address> {
  return serve((socket) => {
    const left = [...answers];
    if (first !== undefined) socket.write(first);
    socket.on('data', () => {
      const next = left.shift();
      if (next !== undefined) socket.write(next);
      else socket.destroy();
    });
    socket.on('error', () => undefined);
  });
}

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const login = { user: 'me', password: 'secret', database: 'db' };
const ask = (name: ServiceName, address: Address) => SERVICES[name].ready(address, login);

const mysqlError = text('\x1c\0\0\0\xff\x86\x04Too many connections here');
const amqp = (method: number, rest: string): Buffer => {
  const body = Buffer.concat([Buffer.from([0, 10, 0, method]), text(rest)]);
  const head = Buffer.from([1, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(body.length, 3);
  return Buffer.concat([head, body, Buffer.from([0xce])]);
};
const opMsg = (document: Record<string, string | number>): Buffer => {
  const body = encodeBson(document);
  const head = Buffer.alloc(21);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(2013, 12);
  return Buffer.concat([head, body]);
};
const kafka = (correlation: number, error: number): Buffer => {
  const bytes = Buffer.alloc(14);
  bytes.writeInt32BE(10, 0);
  bytes.writeInt32BE(correlation, 4);
  bytes.writeInt16BE(error, 8);
  return bytes;
};

test.each<[ServiceName, string, Buffer | undefined, (Buffer | undefined)[], string | undefined]>([
  ['postgresql', 'asks for a password', undefined, [text('R\0\0\0\x0c\0\0\0\x0a')], undefined],
  [
    'postgresql',
    'starts',
    undefined,
    [text('E\0\0\0\x40SFATAL\0C57P03\0Mthe database system is starting up\0\0')],
    'the database system is starting up',
  ],
  ['postgresql', 'is a proxy without a server', undefined, [], 'the connection was closed without an answer'],
  ['mysql', 'greets', text('\x4a\0\0\0\x0a8.4.0\0'), [], undefined],
  ['mariadb', 'has no room', mysqlError, [], 'Too many connections here'],
  ['redis', 'answers', undefined, [text('+OK\r\n'), text('+PONG\r\n')], undefined],
  ['redis', 'loads', undefined, [text('+OK\r\n'), text('-LOADING Redis is loading\r\n')], 'LOADING Redis is loading'],
  ['redis', 'has another password', undefined, [text('-WRONGPASS invalid\r\n')], 'WRONGPASS invalid'],
  ['nats', 'answers', text('INFO {"port":4222}\r\n'), [text('PONG\r\n')], undefined],
  [
    'nats',
    'has another password',
    text('INFO {}\r\n'),
    [text("-ERR 'Authorization Violation'\r\n")],
    "'Authorization Violation'",
  ],
  ['rabbitmq', 'takes the password', undefined, [amqp(10, 'rest of it'), amqp(30, '\0\0')], undefined],
  ['rabbitmq', 'refuses it', undefined, [amqp(10, ''), amqp(50, '\x01\x93\x0eACCESS_REFUSED')], 'ACCESS_REFUSED'],
  ['rabbitmq', 'is of another version', undefined, [text('AMQP\0\x01\0\0')], 'it speaks another version of AMQP'],
  ['mongodb', 'answers', undefined, [opMsg({ isWritablePrimary: 1, ok: 1 })], undefined],
  ['mongodb', 'refuses', undefined, [opMsg({ ok: 0, errmsg: 'node is recovering' })], 'node is recovering'],
  ['kafka', 'answers', undefined, [kafka(7, 0)], undefined],
  ['kafka', 'has an error', undefined, [kafka(7, 35)], 'it answers with error 35'],
  ['kafka', 'is none', undefined, [kafka(8, 0)], "the answer is not Kafka's"],
])('%s that %s', async (name, _what, first, answers, said) => {
  expect(await ask(name, await saying(first, ...answers))).toBe(said);
});

test.each<[ServiceName, number, string | undefined]>([
  ['vault', 200, undefined],
  ['vault', 503, '/v1/sys/health is answered with 503: {"sealed":true}'],
  ['minio', 200, undefined],
  ['minio', 503, '/minio/health/ready is answered with 503: {"sealed":true}'],
])('%s that answers with %d', async (name, status, said) => {
  await using server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: () => new Response('{"sealed":true}', { status }),
  });
  expect(await ask(name, { host: '127.0.0.1', port: server.port ?? 0 })).toBe(said);
});

test.each(Object.keys(SERVICES) as ServiceName[])('%s that does not listen', async (name) => {
  const address = await serve(() => undefined);
  for (const server of open.splice(0)) await new Promise((resolve) => server.close(resolve));
  expect(await ask(name, address)).toMatch(/refused|connect|Connect/);
});

test('what comes in pieces is put together', async () => {
  const address = await serve((socket) => {
    socket.on('data', () => {
      for (const [at, byte] of [...text('+PONG\r\n')].entries()) {
        setTimeout(() => socket.write(Buffer.from([byte])), at * 5);
      }
    });
  });
  expect(await SERVICES.redis.ready(address, { ...login, password: undefined })).toBeUndefined();
});
