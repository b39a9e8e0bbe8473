/**
 * A way to a server of MongoDB that a test watches: it can answer a command itself, as a MongoDB with users would, and cut the line before the server's answer is through.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { BSON } from 'mongodb';

export type Answer =
  | 'pass'
  /** The server does it, and its answer is lost with the connection. */
  | 'lose'
  /** What the server would say, which hears nothing. */
  | { readonly say: BSON.Document }
  | { readonly code: number; readonly codeName: string; readonly errmsg: string };

/** What becomes of a command: its name, what it is about (mostly a collection), all of it, and something of its connection's own. */
export type Judge = (command: string, about: unknown, document: BSON.Document, connection: object) => Answer;

export interface MongoGate extends AsyncDisposable {
  readonly port: number;
  judge: Judge;
  /** Nobody is there. */
  shut(): Promise<void>;
  open(): Promise<void>;
}

const OP_MSG = 2013;
/** Of the handshake and its answer, of what is compressed, and of all else. */
const OP_CODES = [2004, 1, 2012, OP_MSG];
const HEADER = 16;
/** Behind the flags and the kind of the first section. */
const BODY = HEADER + 5;
const HOST = '127.0.0.1';

export async function startMongoGate(target: number): Promise<MongoGate> {
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let isOpen = false;
  const gate: MongoGate = {
    port: 0,
    judge: () => 'pass',
    async open() {
      isOpen = true;
      const made = createServer((near) => {
        // It came while the others were cut.
        if (!isOpen) {
          near.destroy();
          return;
        }
        const far = connect(target, HOST);
        for (const socket of [near, far]) {
          sockets.add(socket);
          socket.on('close', () => sockets.delete(socket));
        }
        pass(near, far, (...asked) => gate.judge(...asked));
      });
      made.listen(gate.port, HOST);
      await once(made, 'listening');
      server = made;
    },
    async shut() {
      isOpen = false;
      const closed = new Promise((resolve) => server?.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    [Symbol.asyncDispose]: () => gate.shut(),
  };
  await gate.open();
  const address = (server as Server | undefined)?.address();
  return Object.assign(gate, { port: typeof address === 'object' && address ? address.port : 0 });
}

function pass(near: Socket, far: Socket, judge: Judge): void {
  const connection = {};
  const lost = new Set<number>();
  const cut = (): void => {
    near.destroy();
    far.destroy();
  };
  for (const socket of [near, far]) {
    socket.setNoDelay(true);
    socket.on('error', cut);
    socket.on('close', cut);
  }
  eachMessage(near, cut, (message) => {
    const number = message.readInt32LE(4);
    const document = documentOf(message);
    const [command = ''] = Object.keys(document ?? {});
    const answer = document === undefined ? 'pass' : judge(command, document[command], document, connection);
    if (typeof answer === 'object') {
      near.write(reply(number, 'say' in answer ? { ok: 1, ...answer.say } : { ok: 0, ...answer }));
      return;
    }
    if (answer === 'lose') lost.add(number);
    far.write(message);
  });
  eachMessage(far, cut, (message) => {
    if (lost.has(message.readInt32LE(8))) cut();
    else near.write(message);
  });
}

/** `strange`: what comes is none; perhaps it is of TLS. */
function eachMessage(socket: Socket, strange: () => void, take: (message: Buffer) => void): void {
  let waiting: Buffer[] = [];
  let size = 0;
  socket.on('data', (said: Buffer) => {
    waiting.push(said);
    size += said.length;
    if (size < HEADER) return;
    if ((waiting[0]?.length ?? 0) < HEADER) waiting = [Buffer.concat(waiting)];
    if (size < (waiting[0]?.readInt32LE(0) ?? 0) && isOurs(waiting[0])) return;
    let all = Buffer.concat(waiting);
    while (all.length >= HEADER && isOurs(all) && all.length >= all.readInt32LE(0)) {
      const length = all.readInt32LE(0);
      take(all.subarray(0, length));
      all = all.subarray(length);
    }
    [waiting, size] = [[all], all.length];
    if (size >= HEADER && !isOurs(all)) strange();
  });
}

const isOurs = (head: Buffer | undefined): boolean => head !== undefined && OP_CODES.includes(head.readInt32LE(12));

function documentOf(message: Buffer): BSON.Document | undefined {
  if (message.readInt32LE(12) !== OP_MSG) return undefined;
  return BSON.deserialize(message.subarray(BODY, BODY + message.readInt32LE(BODY)), { promoteBuffers: true });
}

function reply(to: number, document: BSON.Document): Buffer {
  const body = BSON.serialize(document);
  const head = Buffer.alloc(BODY);
  head.writeInt32LE(BODY + body.length, 0);
  head.writeInt32LE(to, 8);
  head.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([head, body]);
}
