import { CodedError } from '../../lib/coded-error.ts';
import type { AttemptId, BuildId } from '../../lib/ids.ts';
import { describePlan } from '../../pipeline/describe-plan.ts';
import type { AttemptRecord, BuildRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { Access } from '../access.ts';
import type { Asker } from '../auth/principal.ts';
import type { Handlers } from '../http/call.ts';
import { notFound } from '../http/problems.ts';

export interface LogParts {
  readonly store: Store;
  readonly access: Access;
}

const WINDOW_BYTES = 256 * 1024;
const MOST_BYTES = 4 * 1024 * 1024;
const EVENT_PAGE = 1_000;

/** Log text is a program's output: a browser must take it for nothing else. */
const AS_DATA = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  'cache-control': 'no-store',
};

export function logRoutes({ store, access }: LogParts): Handlers<'buildLog' | 'stepLog'> {
  async function attemptOf(build: BuildId, number: number | undefined): Promise<AttemptRecord | undefined> {
    const attempts = await store.listAttempts(build);
    if (number === undefined) return attempts.at(-1);
    const found = attempts.find((attempt) => attempt.number === number);
    if (found === undefined) throw notFound(`attempt ${number} of this build`, `it has ${attempts.length}`);
    return found;
  }

  /** Throws `build.log_deleted`. */
  async function buildWithLog(principal: Asker, id: string): Promise<BuildRecord> {
    const build = await access.build(principal, id);
    if (build.logDeletedAt === undefined) return build;
    throw new CodedError('build.log_deleted', `the log of build ${build.number} was deleted`, {
      hint: 'pikoci retention says how long logs are kept',
    });
  }

  /** A step that wrote nothing has an empty log; one that the build does not have, none. */
  async function mustHaveStep(id: BuildId, step: string): Promise<void> {
    const build = await store.getBuild(id);
    if (build !== undefined && describePlan(build.plan).some((one) => one.id === step)) return;
    throw notFound(`step "${step}" in this build`, 'the build lists its steps, with their ids');
  }

  /** Steps that wrote something, in the order in which they began. */
  async function stepsWithLog(attempt: AttemptId): Promise<string[]> {
    const sizes = await store.logSizes(attempt);
    const steps = new Set<string>();
    for (let after = 0; ; ) {
      const page = await store.listEvents(attempt, after, EVENT_PAGE);
      for (const { event } of page) if (event.kind === 'step_started') steps.add(event.step);
      after = page.at(-1)?.seq ?? after;
      if (page.length < EVENT_PAGE) break;
    }
    return [...steps, ...sizes.keys()].filter((step, at, all) => sizes.has(step) && all.indexOf(step) === at);
  }

  async function* bytesOf(attempt: AttemptId, steps: readonly string[]): AsyncGenerator<Uint8Array> {
    for (const step of steps) {
      for (let offset = 0; ; ) {
        const { bytes } = await store.readLog(attempt, step, offset, WINDOW_BYTES);
        if (bytes.byteLength === 0) break;
        yield bytes;
        offset += bytes.byteLength;
      }
    }
  }

  return {
    async buildLog({ principal, params, query }) {
      const build = await buildWithLog(principal, params.build);
      const attempt = await attemptOf(build.id, query.attempt);
      const headers = { ...AS_DATA, 'content-type': 'text/plain; charset=utf-8' };
      if (attempt === undefined) return new Response('', { headers });
      const steps = query.step === undefined ? await stepsWithLog(attempt.id) : [query.step];
      if (query.step !== undefined) await mustHaveStep(build.id, query.step);
      return new Response(streamOf(bytesOf(attempt.id, steps)), { headers });
    },

    async stepLog({ principal, params, query }) {
      const build = await buildWithLog(principal, params.build);
      const attempt = await attemptOf(build.id, query.attempt);
      const length = query.length ?? MOST_BYTES;
      if (length > MOST_BYTES) {
        throw new CodedError('api.bad_request', `query.length: at most ${MOST_BYTES} bytes at once`, {
          hint: 'ask for the next range with a greater offset',
        });
      }
      const log =
        attempt === undefined
          ? { bytes: new Uint8Array(), total: 0, lines: 0 }
          : await store.readLog(attempt.id, params.step, query.offset ?? 0, length);
      if (log.total === 0) await mustHaveStep(build.id, params.step);
      return new Response(new Uint8Array(log.bytes), {
        headers: {
          ...AS_DATA,
          'content-type': 'application/octet-stream',
          'pikoci-log-length': String(log.total),
          'pikoci-log-lines': String(log.lines),
        },
      });
    },
  };
}

/** Asked for piece by piece, so that a slow reader of a long log costs one piece of memory. */
function streamOf(pieces: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const next = await pieces.next();
      if (next.done) controller.close();
      else controller.enqueue(new Uint8Array(next.value));
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
}
