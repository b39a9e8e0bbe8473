/** A server for tests: speaks the worker protocol over any queue, grants what it is told to, keeps what it gets. */
import { seal } from '../../lib/system/seal.ts';
import { decodeEmitted, decodeRequest, encodeAnswer, encodeBroadcast } from '../../protocol/codec.ts';
import type { AttemptEvent } from '../../protocol/events.ts';
import type {
  CheckResult,
  DrainWish,
  Grant,
  HelloRequest,
  RenewRequest,
  SecretRequest,
} from '../../protocol/messages.ts';
import type { ServerQueue } from '../../queue/queue.ts';

export interface FakeServer {
  readonly hellos: HelloRequest[];
  readonly renewals: RenewRequest[];
  readonly results: CheckResult[];
  /** Questions for secrets so far, and the secrets it keeps. */
  readonly asked: SecretRequest[];
  readonly secrets: Map<string, string>;
  /** Each time an event arrives that was there already. */
  readonly repeated: number;
  grant(grant: Grant): void;
  events(attempt: string): readonly AttemptEvent[];
  log(attempt: string, step: string): string;
  cancel(attempt: string): Promise<void>;
  /** From now on renewals say that it is lost. */
  lose(attempt: string): void;
  /** Tells the worker that somebody wants it to take nothing new. */
  drain(wish: DrainWish): Promise<void>;
  /** No renewal is answered any more. */
  muteRenewals(): void;
  until(met: (server: FakeServer) => boolean): Promise<void>;
  ended(attempt: string): Promise<AttemptEvent & { kind: 'attempt_ended' }>;
}

/** What servers call the worker. */
const KNOWN_AS = 'worker of a token';

export function serveFake(
  queue: ServerQueue,
  times: { renewEveryMs?: number; selfFenceMs?: number; clockAheadMs?: number } = {},
): FakeServer {
  const waiting: Grant[] = [];
  const asked = new Map<string, Grant>();
  const events = new Map<string, AttemptEvent[]>();
  const lost = new Set<string>();
  const cancelled = new Set<string>();
  const watchers = new Set<() => void>();
  const counts = { repeated: 0 };
  let mute = false;
  const changed = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  const until = (met: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const watcher = (): void => {
        if (!met()) return;
        watchers.delete(watcher);
        resolve();
      };
      watchers.add(watcher);
      watcher();
    });

  queue.serve(async (body, _from, signal) => {
    const request = decodeRequest(body);
    switch (request.kind) {
      case 'hello':
        server.hellos.push(request);
        changed();
        return encodeAnswer({
          kind: 'welcome',
          server: 's',
          worker: KNOWN_AS,
          renewEveryMs: times.renewEveryMs ?? 50,
          selfFenceMs: times.selfFenceMs ?? 25_000,
          clockAheadMs: times.clockAheadMs ?? 0,
        });
      case 'next': {
        const matching = (): Grant | undefined => waiting.find((grant) => request.kinds.includes(grant.kind));
        const gone = Promise.withResolvers<void>();
        signal.addEventListener('abort', () => gone.resolve(), { once: true });
        if (!asked.has(request.question)) await Promise.race([until(() => matching() !== undefined), gone.promise]);
        const grant = asked.get(request.question) ?? (signal.aborted ? undefined : matching());
        if (grant === undefined) return encodeAnswer({ kind: 'next', question: request.question });
        if (waiting.includes(grant)) waiting.splice(waiting.indexOf(grant), 1);
        asked.set(request.question, grant);
        return encodeAnswer({ kind: 'next', question: request.question, grant });
      }
      case 'renew':
        server.renewals.push(request);
        changed();
        if (mute) return await new Promise<Uint8Array>(() => undefined);
        return encodeAnswer({ kind: 'renewed', lost: [...lost], cancel: [...cancelled] });
      case 'secret': {
        server.asked.push(request);
        const value = server.secrets.get(request.name);
        if (value !== undefined) return encodeAnswer({ kind: 'secret', sealed: seal(request.sealKey, value) });
        const problem = { code: 'secret.not_found', message: `no secret ${request.name}` };
        return encodeAnswer({ kind: 'refused', problem });
      }
      case 'id_token':
        return encodeAnswer({ kind: 'secret', sealed: seal(request.sealKey, `token for ${request.audience}`) });
      case 'clone_token':
        return encodeAnswer({ kind: 'secret', sealed: seal(request.sealKey, 'a clone token') });
      case 'leave':
        return encodeAnswer({ kind: 'left' });
      case 'set_pipeline':
        return encodeAnswer({ kind: 'refused', problem: { code: 'test', message: 'nothing is set here' } });
    }
  });
  queue.ingest(async (body) => {
    const message = decodeEmitted(body);
    if (message.kind === 'check_result') {
      server.results.push(message);
    } else {
      const known = events.get(message.batch.attempt) ?? [];
      events.set(message.batch.attempt, known);
      for (const [index, event] of message.batch.events.entries()) {
        const number = message.batch.first + index;
        if (number <= known.length) counts.repeated += 1;
        else if (number === known.length + 1)
          known.push(event.kind === 'log' ? { ...event, bytes: event.bytes.slice() } : event);
        else throw new Error(`event ${number} came, ${known.length + 1} was next`);
      }
    }
    changed();
  });

  const server: FakeServer = {
    hellos: [],
    renewals: [],
    results: [],
    asked: [],
    secrets: new Map(),
    get repeated() {
      return counts.repeated;
    },
    grant(grant) {
      waiting.push(grant);
      changed();
    },
    events: (attempt) => events.get(attempt) ?? [],
    log: (attempt, step) =>
      Buffer.concat(
        (events.get(attempt) ?? []).flatMap((event) =>
          event.kind === 'log' && event.step === step ? [event.bytes] : [],
        ),
      ).toString(),
    async cancel(attempt) {
      cancelled.add(attempt);
      await queue.broadcast(encodeBroadcast({ kind: 'cancel', attempt }));
    },
    lose: (attempt) => void lost.add(attempt),
    drain: (drain) => queue.broadcast(encodeBroadcast({ kind: 'drain', worker: KNOWN_AS, drain })),
    muteRenewals: () => {
      mute = true;
    },
    until: (met) => until(() => met(server)),
    async ended(attempt) {
      await until(() => events.get(attempt)?.some((event) => event.kind === 'attempt_ended') ?? false);
      const end = events.get(attempt)?.find((event) => event.kind === 'attempt_ended');
      if (end?.kind !== 'attempt_ended') throw new Error('it has not ended');
      return end;
    },
  };
  return server;
}
