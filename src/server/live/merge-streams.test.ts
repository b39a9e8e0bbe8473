import { expect, test } from 'bun:test';
import { CodedError } from '../../lib/coded-error.ts';
import type { StreamsMessage } from '../../protocol/streams.ts';
import type { StreamItem } from '../http/call.ts';
import { mergeStreams, type OpenStream } from './merge-streams.ts';

const of =
  (...items: StreamItem<unknown>[]): OpenStream =>
  async () =>
    (async function* () {
      yield* items;
    })();

/** Says one thing and then nothing until it is closed, and notes that. */
function silent(closed: string[], name: string): OpenStream {
  return async (signal) =>
    (async function* (): AsyncGenerator<StreamItem<unknown>> {
      try {
        yield { message: 'hello' };
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve());
          if (signal.aborted) resolve();
        });
        yield { message: 'too late' };
      } finally {
        closed.push(name);
      }
    })();
}

async function all(opens: OpenStream[], errors: unknown[] = []): Promise<StreamsMessage[]> {
  const merged = mergeStreams(opens, new AbortController().signal, (error) => errors.push(error));
  return (await Array.fromAsync(merged)).map(({ message }) => message);
}
const ofStream = (messages: StreamsMessage[], stream: number) => messages.filter((one) => one.stream === stream);

test('each stream keeps its order, its ids and its end', async () => {
  const messages = await all([of({ id: '1', message: 'a' }, { message: 'b' }), of({ id: '7', message: 'x' })]);
  expect(ofStream(messages, 0)).toEqual([
    { kind: 'open', stream: 0 },
    { kind: 'message', stream: 0, id: '1', message: 'a' },
    { kind: 'message', stream: 0, message: 'b' },
    { kind: 'end', stream: 0 },
  ]);
  expect(ofStream(messages, 1).map(({ kind }) => kind)).toEqual(['open', 'message', 'end']);
});

test('one that is refused and one that breaks leave the others alone', async () => {
  const errors: unknown[] = [];
  const refused: OpenStream = async () => {
    throw new CodedError('api.not_found', 'there is no build "x"');
  };
  const broken: OpenStream = async () =>
    (async function* (): AsyncGenerator<StreamItem<unknown>> {
      yield { message: 1 };
      throw new Error('the inner workings');
    })();
  const messages = await all([refused, broken, of({ message: 'fine' })], errors);
  expect(ofStream(messages, 0)).toMatchObject([{ kind: 'problem', problem: { code: 'api.not_found', status: 404 } }]);
  expect(ofStream(messages, 1).map(({ kind }) => kind)).toEqual(['open', 'message', 'problem']);
  expect(JSON.stringify(messages)).not.toContain('inner workings');
  expect(ofStream(messages, 2).map(({ kind }) => kind)).toEqual(['open', 'message', 'end']);
  expect(errors).toHaveLength(2);
});

test('a reader that stops, and a signal that aborts, close them all', async () => {
  const closed: string[] = [];
  const merged = mergeStreams(
    [silent(closed, 'a'), silent(closed, 'b')],
    new AbortController().signal,
    () => undefined,
  );
  for (let read = 0; read < 4; read += 1) await merged.next();
  await merged.return(undefined);
  expect(closed.sort()).toEqual(['a', 'b']);

  const stop = new AbortController();
  const other = mergeStreams([silent(closed, 'c')], stop.signal, () => undefined);
  for (let read = 0; read < 2; read += 1) await other.next();
  const next = other.next();
  stop.abort();
  expect((await next).done).toBe(true);
  expect(closed).toContain('c');
});

test('nothing is made ahead for a reader that does not read', async () => {
  let made = 0;
  const busy: OpenStream = async () =>
    (async function* (): AsyncGenerator<StreamItem<unknown>> {
      for (;;) {
        made += 1;
        yield { message: made };
      }
    })();
  const merged = mergeStreams([busy], new AbortController().signal, () => undefined);
  for (let read = 0; read < 5; read += 1) await merged.next();
  expect(made).toBeLessThanOrEqual(5);
  await merged.return(undefined);
});
