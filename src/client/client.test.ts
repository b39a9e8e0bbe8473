import { expect, test } from 'bun:test';
import { CodedError } from '../lib/coded-error.ts';
import { ApiError } from './api-error.ts';
import { createClient } from './client.ts';
import { readEventStream } from './event-stream.ts';

const encoder = new TextEncoder();

function bytesOf(...pieces: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(encoder.encode(piece));
      controller.close();
    },
  });
}

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
}

/** A server of canned answers, one per request in order. */
function canned(...answers: (() => Response)[]) {
  const asked: Asked[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    asked.push({ method: request.method, url: request.url, headers: Object.fromEntries(request.headers) });
    const answer = answers.shift();
    if (answer === undefined) throw new TypeError('connection refused');
    return answer();
  };
  return { fetch, asked };
}

test.each([
  ['line by line', ['id: 1\nevent: x\ndata: a\ndata: b\n\n', ':beat\n\n', 'data:c\n\n']],
  ['cut anywhere', ['id: 1\nev', 'ent: x\r', '\ndata: a\nda', 'ta: b\n', '\ndata:c\r\n\r\n', 'data: lost']],
])('server-sent events are read %s', async (_name, pieces) => {
  const events = await Array.fromAsync(readEventStream(bytesOf(...pieces)));
  expect(events).toEqual([
    { id: '1', event: 'x', data: 'a\nb' },
    { id: '1', event: 'message', data: 'c' },
  ]);
});

test('a call fills in the path and the query, and sends the token', async () => {
  const { fetch, asked } = canned(() => Response.json({ items: [] }));
  const client = createClient({ baseUrl: 'http://ci/', token: 'pko_x', fetch });
  const params = { team: 'main', pipeline: 'a/b', job: 'tést' };
  expect(await client.call('listJobBuilds', { params, query: { limit: 2 } })).toEqual({ items: [] });
  expect(asked[0]?.url).toBe('http://ci/api/v1/teams/main/pipelines/a%2Fb/jobs/t%C3%A9st/builds?limit=2');
  expect(asked[0]?.headers.authorization).toBe('Bearer pko_x');
});

const WHO = { name: 'admin', signedIn: true, admin: true, role: 'admin', teams: [] };

test('a session asks for its CSRF token once and sends it with what changes something', async () => {
  const ok = (): Response => new Response(null, { status: 204 });
  const { fetch, asked } = canned(() => Response.json({ ...WHO, csrf: 'c1' }), ok, ok);
  const client = createClient({ baseUrl: 'http://ci', fetch });
  await client.call('deletePipeline', { params: { team: 'main', pipeline: 'p' } });
  await client.call('deletePipeline', { params: { team: 'main', pipeline: 'p' } });
  expect(asked.map((one) => [one.method, one.headers['pikoci-csrf']])).toEqual([
    ['GET', undefined],
    ['DELETE', 'c1'],
    ['DELETE', 'c1'],
  ]);
});

test.each([
  [
    'a refusal says what the server said',
    () =>
      Response.json(
        { type: 'x', title: 'Not found', status: 404, code: 'api.not_found', detail: 'no pipeline "x"', hint: 'look' },
        { status: 404 },
      ),
    { code: 'api.not_found', message: 'no pipeline "x"', hint: 'look', status: 404 },
  ],
  [
    'another program on the port',
    () => new Response('<html>', { status: 404 }),
    { code: 'client.not_pikoci', hint: expect.stringContaining('pikoci server') },
  ],
  ['an answer that is not JSON', () => new Response('hello'), { code: 'client.bad_answer' }],
  ['an answer of another shape', () => Response.json([{ nome: 'x' }]), { code: 'client.bad_answer' }],
  [
    'nobody there',
    (): Response => {
      throw new TypeError('refused');
    },
    { code: 'client.unreachable', hint: expect.stringContaining('--url') },
  ],
])('errors: %s', async (_name, answer, expected) => {
  const { fetch } = canned(answer);
  const failure = await createClient({ baseUrl: 'http://ci', token: 't', fetch })
    .call('listTeams')
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CodedError);
  expect(failure).toMatchObject(expected);
});

test('a stream that breaks goes on behind the last message seen, and ends with the build', async () => {
  const log = (text: string) =>
    JSON.stringify({ event: 'log', attempt: 'a', step: '1', offset: 0, firstLine: 0, at: 1, text });
  const stream =
    (...pieces: string[]) =>
    () =>
      new Response(bytesOf(...pieces), { headers: { 'content-type': 'text/event-stream' } });
  const { fetch, asked } = canned(
    stream(`id: 1.1\ndata: ${log('a')}\n\n`),
    stream(`id: 1.2\ndata: ${log('b')}\n\ndata: {"event":"end"}\n\n`),
  );
  const client = createClient({ baseUrl: 'http://ci', token: 't', fetch });
  const states: string[] = [];
  const seen = await Array.fromAsync(
    client.stream('watchBuild', { params: { build: 'b' } }, { onState: (state) => states.push(state) }),
  );
  expect(seen.map(({ message }) => (message.event === 'log' ? message.text : message.event))).toEqual([
    'a',
    'b',
    'end',
  ]);
  expect(asked.map((one) => one.headers['last-event-id'])).toEqual([undefined, '1.1']);
  expect(states).toEqual(['connected', 'reconnecting', 'connected']);
});

test('a stream that is refused says so and does not try again', async () => {
  const refusal = { type: 'x', title: 'Who are you?', status: 401, code: 'auth.required' };
  const { fetch, asked } = canned(() => Response.json(refusal, { status: 401 }));
  const stream = createClient({ baseUrl: 'http://ci', token: 't', fetch }).stream('feed', {});
  await expect(stream.next()).rejects.toBeInstanceOf(ApiError);
  expect(asked).toHaveLength(1);
});

test.each(['', '.', '..'])('a name that would be another path is refused: %p', async (pipeline) => {
  const { fetch, asked } = canned();
  const client = createClient({ baseUrl: 'http://ci', fetch });
  await expect(client.call('getPipeline', { params: { team: 'main', pipeline } })).rejects.toMatchObject({
    code: 'usage.bad_value',
    message: `${JSON.stringify(pipeline)} cannot be the name of a pipeline`,
  });
  expect(asked).toEqual([]);
});
