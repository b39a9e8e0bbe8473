/** A way to a server of MongoDB that a test watches: it answers a command itself, as a MongoDB with users would, or cuts the line before the server's answer is through. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { BSON } from 'mongodb';

export type Answer =
  | 'pass'
  /** The server does it, and its answer is lost with the connection. */
  | 'lose'
  /** An error, and the server hears nothing. */
  | { readonly code: number; readonly codeName: string; readonly errmsg: string };

/** What becomes of a command: its name, and what it is about, mostly a collection. */
export type Judge = (command: string, about: unknown) => Answer;

export interface MongoGate extends AsyncDisposable {
  readonly port: number;
  judge: Judge;
}

const OP_MSG = 2013;
const HEADER = 16;
/** Behind the flags and the kind of the first section. */
const BODY = HEADER + 5;

export async function startMongoGate(target: number): Promise<MongoGate> {
  const sockets = new Set<Socket>();
  const gate = { judge: (): Answer => 'pass' } as { judge: Judge };
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    const lost = new Set<number>();
    const cut = (): void => {
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', cut);
      socket.on('close', () => {
        sockets.delete(socket);
        cut();
      });
    }
    eachMessage(near, (message) => {
      const number = message.readInt32LE(4);
      const asked = commandOf(message);
      const answer = asked === undefined ? 'pass' : gate.judge(asked.command, asked.about);
      if (typeof answer === 'object') {
        near.write(reply(number, { ok: 0, ...answer }));
        return;
      }
      if (answer === 'lose') lost.add(number);
      far.write(message);
    });
    eachMessage(far, (message) => {
      if (lost.has(message.readInt32LE(8))) cut();
      else near.write(message);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return Object.assign(gate, {
    port: typeof address === 'object' && address ? address.port : 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function eachMessage(socket: Socket, take: (message: Buffer) => void): void {
  let waiting = Buffer.alloc(0);
  socket.on('data', (said: Buffer) => {
    waiting = Buffer.concat([waiting, said]);
    while (waiting.length >= HEADER && waiting.length >= waiting.readInt32LE(0)) {
      const length = waiting.readInt32LE(0);
      take(Buffer.from(waiting.subarray(0, length)));
      waiting = waiting.subarray(length);
    }
  });
}

function commandOf(message: Buffer): { readonly command: string; readonly about: unknown } | undefined {
  if (message.readInt32LE(12) !== OP_MSG) return undefined;
  const document = BSON.deserialize(message.subarray(BODY, BODY + message.readInt32LE(BODY)));
  const [command = ''] = Object.keys(document);
  return { command, about: document[command] };
}

function reply(to: number, document: BSON.Document): Buffer {
  const body = BSON.serialize(document);
  const head = Buffer.alloc(BODY);
  head.writeInt32LE(BODY + body.length, 0);
  head.writeInt32LE(to, 8);
  head.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([head, body]);
}
