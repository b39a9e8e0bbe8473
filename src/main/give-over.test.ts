import { afterAll, expect, test } from 'bun:test';
import { silentLogger } from '../lib/logger.ts';
import { createGivingOver } from './give-over.ts';
import { TAKEOVER_PROTOCOL } from './takeover-messages.ts';

const shared = Bun.serve({ hostname: '127.0.0.1', port: 0, reusePort: true, fetch: () => new Response('') });
afterAll(() => shared.stop(true));

function world(options: { readonly resume?: () => Promise<void>; readonly pauseMs?: number } = {}) {
  const did: string[] = [];
  const resumed = Promise.withResolvers<void>();
  const giving = createGivingOver({
    port: shared.port ?? 0,
    pause: async () => void did.push('pause'),
    resume: async () => {
      did.push('resume');
      await options.resume?.();
      resumed.resolve();
    },
    logger: silentLogger,
    ...options,
  });
  return { did, giving, resumed: resumed.promise };
}

function successorOf({ giving }: ReturnType<typeof world>, pid = process.pid) {
  const heard: { readonly kind: string; readonly why?: string }[] = [];
  let listener = (): void => undefined;
  const socket = {
    send(text: string) {
      heard.push(JSON.parse(text));
      listener();
      return text.length;
    },
    close: () => giving.sockets.close(socket),
    terminate: () => giving.sockets.close(socket),
  };
  const say = (message: object): void => giving.sockets.message(socket, JSON.stringify(message));
  const hello = (protocol = TAKEOVER_PROTOCOL): void => say({ kind: 'hello', protocol, version: '1', pid });
  const hears = (kind: string): Promise<void> =>
    new Promise((resolve) => {
      listener = () => {
        if (heard.some((one) => one.kind === kind)) resolve();
      };
      listener();
    });
  return { socket, heard, say, hello, hears };
}

test('word by word, to the end; whoever is gone afterwards is not missed', async () => {
  const old = world();
  const next = successorOf(old);
  next.hello();
  next.say({ kind: 'pause' });
  await next.hears('paused');
  next.say({ kind: 'serving', socket: '/s' });
  expect(await old.giving.over).toEqual({ socket: '/s', pid: process.pid });
  next.socket.terminate();
  expect(next.heard.map(({ kind }) => kind)).toEqual(['here', 'paused', 'over']);
  expect(old.did).toEqual(['pause']);
});

test('one that is gone before anything was paused changes nothing, and another may come', async () => {
  const old = world();
  const gone = successorOf(old);
  gone.hello();
  gone.socket.terminate();
  const next = successorOf(old);
  next.hello();
  expect(next.heard[0]?.kind).toBe('here');
  expect(old.did).toEqual([]);
});

test('one that hangs is ended, and the old one goes on', async () => {
  const old = world({ pauseMs: 50 });
  const process = Bun.spawn(['sleep', '60']);
  const hung = successorOf(old, process.pid);
  hung.hello();
  hung.say({ kind: 'pause' });
  await old.resumed;
  await process.exited;
  expect(process.signalCode).toBe('SIGKILL');
  expect(old.did).toEqual(['pause', 'resume']);
});

test('when the old one cannot go on either, whoever waits is told why', async () => {
  const old = world({ resume: () => Promise.reject(new Error('the database is of a later pikoci')) });
  const next = successorOf(old);
  next.hello();
  next.say({ kind: 'pause' });
  await next.hears('paused');
  next.socket.terminate();
  await expect(old.giving.over).rejects.toThrow('of a later pikoci');
});

test('what is not understood, out of turn or too late is refused', async () => {
  const old = world();
  const [first, second, foreign] = [successorOf(old), successorOf(old), successorOf(old)];
  foreign.hello(99);
  expect(foreign.heard[0]?.why).toContain('hands over in another way');
  first.hello();
  second.hello();
  second.say({ kind: 'pause' });
  second.say({ kind: 'serving', socket: '/elsewhere' });
  expect(second.heard.map(({ why }) => why)).toEqual([`process ${process.pid} is taking over from it already`]);
  first.say({ kind: 'serving', socket: '/before-its-time' });
  expect(old.did).toEqual([]);
  old.giving.end();
  const late = successorOf(old);
  late.hello();
  expect(late.heard[0]?.why).toBe('it is leaving');
});
