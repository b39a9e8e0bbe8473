/** A load on a server: many readers on connections that stay and on fresh ones, and somebody who triggers builds. */
import { createClient } from '../../src/client/client.ts';
import { PlainConnection, type PlainRequest } from '../servers/plain-http.ts';

export interface Load {
  /** What failed: refused, reset, cut off, or answered with an error. */
  readonly failures: readonly string[];
  /** Answers that were as they should be. */
  readonly answered: () => number;
  /** The longest wait for an answer, in ms. */
  readonly slowest: () => number;
  /** Numbers of the builds whose trigger was accepted. */
  readonly triggered: readonly number[];
  stop(): Promise<void>;
}

export interface LoadTarget {
  readonly port: number;
  readonly token: string;
  readonly pipeline: string;
  readonly job: string;
}

const KEPT = 3;
const FRESH = 3;
const PAUSE_MS = 15;
const TRIGGER_MS = 500;

export function startLoad({ port, token, pipeline, job }: LoadTarget): Load {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const [failures, triggered]: [string[], number[]] = [[], []];
  let stopped = false;
  let answered = 0;
  let slowest = 0;
  const base = `/api/v1/teams/main/pipelines/${pipeline}`;
  const paths = ['/api/v1/info', base, `${base}/jobs`, `${base}/jobs/${job}/builds`, '/'];

  async function ask(connection: PlainConnection, request: PlainRequest): Promise<string | undefined> {
    const begun = performance.now();
    try {
      const { status, body } = await connection.ask({ headers, ...request });
      slowest = Math.max(slowest, performance.now() - begun);
      if (status < 300) {
        answered += 1;
        return body;
      }
      failures.push(`${request.path}: ${status} ${body.slice(0, 200)}`);
    } catch (error) {
      failures.push(`${new Date().toISOString()} ${String(error)}`);
    }
    return undefined;
  }

  async function read(keep: boolean, first: number): Promise<void> {
    const connection = new PlainConnection(port, keep);
    for (let turn = first; !stopped; turn++) {
      await ask(connection, { path: paths[turn % paths.length] ?? '/' });
      await Bun.sleep(PAUSE_MS);
    }
    connection.close();
  }

  async function trigger(keep: boolean): Promise<void> {
    const connection = new PlainConnection(port, keep);
    while (!stopped) {
      const body = await ask(connection, { method: 'POST', path: `${base}/jobs/${job}/trigger`, body: '{}' });
      if (body !== undefined) triggered.push(JSON.parse(body).number);
      await Bun.sleep(TRIGGER_MS);
    }
    connection.close();
  }

  const all = [
    ...Array.from({ length: KEPT }, (_, index) => read(true, index)),
    ...Array.from({ length: FRESH }, (_, index) => read(false, index)),
    trigger(true),
    trigger(false),
  ];
  return {
    failures,
    triggered,
    answered: () => answered,
    slowest: () => slowest,
    async stop() {
      stopped = true;
      await Promise.all(all);
    },
  };
}

export interface FollowedLog {
  /** All that was read, once the build has ended. */
  readonly text: Promise<string>;
  /** How often the connection was made anew. */
  readonly reconnected: () => number;
}

/** Follows a build as the command line and the pages do. */
export function followLog(port: number, token: string, build: string): FollowedLog {
  const client = createClient({ baseUrl: `http://127.0.0.1:${port}`, token });
  let reconnected = 0;
  async function read(): Promise<string> {
    let text = '';
    const onState = (state: string): void => {
      if (state === 'reconnecting') reconnected += 1;
    };
    for await (const { message } of client.stream('watchBuild', { params: { build } }, { onState })) {
      // What is read twice, or skipped, shows in the text.
      if (message.event === 'snapshot') text = '';
      if (message.event === 'log') text += message.text;
      if (message.event === 'log_skipped') text += `<skipped to ${message.offset}>`;
    }
    return text;
  }
  return { text: read(), reconnected: () => reconnected };
}
