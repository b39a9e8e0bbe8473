/**
 * A server of made-up data, to look at the pages without a real one: `bun src/ui/dev/mock-server.ts [port]` after `npm run build:ui`.
 * Serves dist/ui as the real server does, with the Content-Security-Policy that must hold. Loopback only.
 *
 * `?mock=empty`, `?mock=signed-out`, `?mock=one`, `?mock=many` in the page's address choose a world, remembered by a cookie.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, resolve } from 'node:path';
import { API_BASE } from '../../protocol/routes.ts';
import { parseStreamList } from '../../protocol/streams.ts';
import { logOf, testLine } from './mock-logs.ts';
import { makeWorld, random, START } from './mock-world.ts';

const ui = resolve(import.meta.dirname, '../../../dist/ui');
const world = makeWorld();

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
function refuse(response: ServerResponse, status: number, code: string, detail: string, hint?: string): void {
  json(response, { type: 'about:blank', title: detail, status, code, detail, hint }, status);
}

function page(url: URL, response: ServerResponse): void {
  const asked = join(ui, decodeURIComponent(url.pathname));
  const file = asked.startsWith(ui) && extname(asked) !== '' && existsSync(asked) ? asked : join(ui, 'index.html');
  const mock = url.searchParams.get('mock');
  response.writeHead(200, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'content-security-policy': CSP,
    ...(mock === null ? {} : { 'set-cookie': `mock=${mock}; Path=/` }),
  });
  response.end(readFileSync(file));
}

/** Where the messages of one stream go: over a connection of their own, or together with others. */
interface Sink {
  refuse(status: number, code: string, detail: string): void;
  begin(): (id: string, message: unknown) => void;
  onClose(action: () => void): void;
}

function beginEvents(response: ServerResponse): (message: unknown, id?: string) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(':\n\n');
  return (message, id) =>
    response.write(`${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`);
}

function alone(response: ServerResponse): Sink {
  return {
    refuse: (status, code, detail) => refuse(response, status, code, detail),
    begin() {
      const send = beginEvents(response);
      return (id, message) => send(message, id);
    },
    onClose: (action) => response.on('close', action),
  };
}

/** All the streams that a browser's pages want, over its one connection. */
function together(of: string, response: ServerResponse): void {
  const send = beginEvents(response);
  for (const [stream, { path, after }] of parseStreamList(of).entries()) {
    const sink: Sink = {
      refuse: (status, code, detail) =>
        send({ kind: 'problem', stream, problem: { type: 'about:blank', title: detail, status, code, detail } }),
      begin() {
        send({ kind: 'open', stream });
        return (id, message) => send({ kind: 'message', stream, id, message });
      },
      onClose: (action) => response.on('close', action),
    };
    const build = /^builds\/([^/]+)\/events$/.exec(path)?.[1];
    if (build === undefined) sink.begin();
    else watch(decodeURIComponent(build), after, sink);
  }
}

/** A build's stream: the snapshot, the logs so far in pieces, and for one that runs a line now and then until it ends after ten minutes. */
function watch(id: string, after: string | undefined, sink: Sink): unknown {
  const build = world.builds.get(id);
  if (build === undefined) return sink.refuse(404, 'api.not_found', `no build ${id}`);
  const send = sink.begin();
  let seq = Number(after?.split('.')[1] ?? 0);
  const attempt = build.attempts[0];
  const say = (message: unknown): void => send(`1.${++seq}`, message);
  if (after === undefined) say({ event: 'snapshot', build });
  if (attempt === undefined) return undefined;
  const log = (step: string, text: string, at: number): void => {
    for (let i = 0; i < text.length; i += 65_536) {
      say({ event: 'log', attempt: attempt.id, step, offset: 0, firstLine: 0, at, text: text.slice(i, i + 65_536) });
    }
  };
  const long = build.pipeline === 'billing' ? 100_000 : 160;
  for (const state of after === undefined ? attempt.steps : []) {
    const failed = state.status === 'failed';
    const lines = state.status === 'running' ? 40 : long;
    const text = logOf(state.step, build.number, lines, failed);
    const skipped =
      build.pipeline === 'accounts' && state.step === '4' ? text.lastIndexOf('\n', text.length - 4_000) + 1 : 0;
    if (skipped > 0) {
      const [offset, firstLine] = [
        Buffer.byteLength(text.slice(0, skipped)),
        text.slice(0, skipped).split('\n').length - 1,
      ];
      say({ event: 'log_skipped', attempt: attempt.id, step: state.step, offset, firstLine });
    }
    log(state.step, text.slice(skipped), state.startedAt ?? START);
  }
  const running = attempt.steps.find((state) => state.status === 'running');
  if (running === undefined) return void say({ event: 'end' });
  const next = random(Date.now());
  const burst = build.pipeline === 'sso' ? 200 : 3;
  const timer = setInterval(
    () => {
      const text = Array.from({ length: Math.ceil(next() * burst) }, () => `${testLine(next)}\n`).join('');
      log(running.step, text, Date.now());
    },
    burst > 10 ? 25 : 350,
  );
  return sink.onClose(() => clearInterval(timer));
}

function api(path: string, url: URL, request: IncomingMessage, response: ServerResponse): unknown {
  const mock = /mock=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
  const part = path.split('/').slice(1).map(decodeURIComponent);
  const writes = request.method !== 'GET';
  if (path === '/session') {
    return json(
      response,
      mock === 'signed-out'
        ? { name: 'anonymous', signedIn: false, admin: false, role: 'public', teams: [] }
        : mock === 'read'
          ? {
              name: 'rita',
              signedIn: true,
              admin: false,
              role: 'read',
              teams: [{ team: 'main', role: 'read' }],
              csrf: 'x',
            }
          : { name: 'admin', signedIn: true, admin: true, role: 'admin', teams: [], csrf: 'x' },
    );
  }
  if (mock === 'signed-out' && path === '/pipelines') return json(response, []);
  if (mock === 'signed-out') return refuse(response, 401, 'auth.required', 'this needs a session or a token');
  const pipelines =
    mock === 'empty'
      ? []
      : mock === 'one'
        ? world.pipelines.slice(0, 1)
        : mock === 'many'
          ? Array.from({ length: 300 }, (_, i) => ({
              ...world.pipelines[i % 30],
              name: `${world.pipelines[i % 30]?.name}-${i}`,
              ...(i % 30 === 3 ? { graph: world.pipelines[1]?.graph } : {}),
            }))
          : world.pipelines;
  if (path === '/feed') return alone(response).begin();
  if (path === '/streams') return together(url.searchParams.get('of') ?? '', response);
  if (path === '/pipelines') return json(response, pipelines);
  if (part[0] === 'builds' && part[1] !== undefined) {
    const after = request.headers['last-event-id'];
    if (part[2] === 'events') return watch(part[1], typeof after === 'string' ? after : undefined, alone(response));
    if (part[2] === 'log') {
      const build = world.builds.get(part[1]);
      const bytes = Buffer.from(
        logOf(
          part[3] ?? '4',
          build?.number ?? 0,
          build?.pipeline === 'billing' ? 100_000 : 160,
          build?.status === 'failed',
        ),
      );
      const offset = Number(url.searchParams.get('offset') ?? 0);
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
      return void response.end(bytes.subarray(offset, offset + Number(url.searchParams.get('length') ?? bytes.length)));
    }
    const build = world.builds.get(part[1]);
    if (writes && build !== undefined) return json(response, build);
    return build === undefined ? refuse(response, 404, 'api.not_found', `no build ${part[1]}`) : json(response, build);
  }
  const pipeline = world.pipelines.find((one) => one.name === part[3]);
  if (pipeline === undefined) {
    return refuse(
      response,
      404,
      'api.not_found',
      `team ${part[1]} has no pipeline "${part[3]}"`,
      'it may have been renamed or deleted',
    );
  }
  if (writes && part[4] !== 'jobs' && part[4] !== 'resources') {
    pipeline.paused = part[4] === 'pause';
    return json(response, pipeline);
  }
  if (part[4] === undefined) return json(response, pipeline);
  if (part[4] === 'jobs') {
    const job = pipeline.jobList.find((one) => one.name === part[5]);
    if (job === undefined)
      return refuse(response, 404, 'api.not_found', `pipeline ${pipeline.name} has no job "${part[5]}"`);
    if (part[6] === 'explain') {
      const reasons = job.hold === undefined ? [] : [job.hold];
      return json(response, { job: job.name, state: 'held', summary: '', reasons, waiting: [] });
    }
    if (part[6] === 'trigger') return json(response, job.builds[0], 201);
    if (part[6] === 'pause' || part[6] === 'unpause') {
      job.paused = part[6] === 'pause';
      return json(response, job);
    }
    if (part[6] === 'builds' && part[7] !== undefined) {
      const build = world.builds.get(`${pipeline.name}-${job.name}-${part[7]}`);
      return build === undefined
        ? refuse(response, 404, 'api.not_found', `job ${job.name} has no build #${part[7]}`)
        : json(response, build);
    }
    if (part[6] === 'builds') {
      const all = [...world.builds.values()].filter(
        (build) => build.pipeline === pipeline.name && build.job === job.name,
      );
      const from = Number(url.searchParams.get('after') ?? 0);
      const items = all.slice(from, from + 15);
      return json(response, { items, ...(from + 15 < all.length ? { next: String(from + 15) } : {}) });
    }
    return json(response, job);
  }
  const found = pipeline.resources.find((one) => one.address === part[5]);
  if (found === undefined)
    return refuse(response, 404, 'api.not_found', `pipeline ${pipeline.name} has no resource "${part[5]}"`);
  if (part[6] === 'versions')
    return json(response, { items: world.versions.get(`${pipeline.name} ${found.address}`) ?? [] });
  if (part[6] === 'check')
    return json(
      response,
      { id: 'c', resource: found.address, status: 'pending', requestedAt: Date.now(), endedAt: null },
      201,
    );
  return json(response, found);
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (url.pathname.startsWith(API_BASE)) api(url.pathname.slice(API_BASE.length), url, request, response);
  else page(url, response);
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === 'object' ? address?.port : address}/`);
});
