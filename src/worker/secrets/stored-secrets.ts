/** Secrets that the server keeps, asked for over the queue just before the step that needs them. */
import { CodedError } from '../../lib/coded-error.ts';
import { open, type SealKey } from '../../lib/system/seal.ts';
import { decodeAnswer, encodeRequest } from '../../protocol/codec.ts';
import type { IdTokenRequest } from '../../protocol/id-token.ts';
import type { SecretRequest, ServerAnswer, WorkerRequest } from '../../protocol/messages.ts';
import type { WorkerQueue } from '../../queue/queue.ts';
import { pause } from '../engine/interrupt.ts';

/** The text of a secret. Throws a CodedError that names it and never says its value, or the signal's reason. */
export type AskForSecret = (name: string, signal: AbortSignal) => Promise<string>;

export interface StoredSecrets {
  /** For what this worker was granted, and as long as it holds it. */
  of(work: SecretRequest['work']): AskForSecret;
  /** Tokens that say which build this is, by audience. */
  idTokensOf(build: Pick<IdTokenRequest, 'build' | 'attempt' | 'fencing'>): AskForSecret;
  /** A token that clones the repository whose event the build is of. */
  cloneTokenOf(build: Pick<IdTokenRequest, 'build' | 'attempt' | 'fencing'>): AskForSecret;
}

const ANSWER_MS = 15_000;
const RETRY_MS = 500;
/** A server that is started anew is back before that. */
const PATIENCE_MS = 60_000;

/** After these the same question may be asked again. */
const PASSING: ReadonlySet<string> = new Set(['queue.timeout', 'queue.unreachable', 'queue.handler_failed']);

export function createStoredSecrets(parts: {
  readonly queue: Pick<WorkerQueue, 'request'>;
  readonly worker: string;
  readonly sealKey: SealKey;
  readonly patienceMs?: number;
}): StoredSecrets {
  const { queue, worker, sealKey, patienceMs = PATIENCE_MS } = parts;

  async function ask(body: Uint8Array, what: string, signal: AbortSignal): Promise<ServerAnswer> {
    const end = performance.now() + patienceMs;
    for (;;) {
      try {
        return decodeAnswer(await queue.request(body, { timeoutMs: ANSWER_MS, signal }));
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof CodedError && PASSING.has(error.code))) throw error;
        if (performance.now() >= end) throw unreachable(what, error);
      }
      await pause(RETRY_MS, signal);
      signal.throwIfAborted();
    }
  }

  async function answerTo(request: WorkerRequest, what: string, signal: AbortSignal): Promise<string> {
    const answer = await ask(encodeRequest(request), what, signal);
    if (answer.kind === 'refused') {
      const { code, message, hint } = answer.problem;
      throw new CodedError(code, message, hint === undefined ? {} : { hint });
    }
    const text = answer.kind === 'secret' ? open(sealKey, answer.sealed) : undefined;
    if (typeof text === 'string') return text;
    throw new CodedError('secret.bad_answer', `the server answered the question for ${what} with something else`, {
      hint: 'server and worker may run different versions of pikoci',
    });
  }

  const asker = { worker, sealKey: sealKey.publicKey };
  return {
    of: (work) => (name, signal) => answerTo({ kind: 'secret', ...asker, work, name }, `the secret ${name}`, signal),
    idTokensOf: (build) => (audience, signal) =>
      answerTo({ kind: 'id_token', ...asker, ...build, audience }, `a token for ${audience}`, signal),
    cloneTokenOf: (build) => (_name, signal) =>
      answerTo({ kind: 'clone_token', ...asker, ...build }, 'a token that clones the repository', signal),
  };
}

/** Where there is no server, as in `pikoci run`. */
export const askNobody: AskForSecret = async (name) => {
  throw new CodedError('secret.no_server', `the secret "${name}" is kept by a server, and here is none`, {
    hint: 'give it from a file of yours: --secrets FILE, or --var NAME=@FILE for one variable',
  });
};

/** The same for tokens of builds. */
export const tokenOfNobody: AskForSecret = async () => {
  throw new CodedError('id_token.no_server', 'a server signs who a build is, and here is none', {
    hint: 'on your own machine log in as yourself; for a check there is no build that a token could be of',
  });
};

export const noStoredSecrets: StoredSecrets = {
  of: () => askNobody,
  idTokensOf: () => tokenOfNobody,
  cloneTokenOf: () => tokenOfNobody,
};

function unreachable(what: string, cause: CodedError): CodedError {
  return new CodedError('secret.unreachable', `the server could not be asked for ${what}: ${cause.message}`, {
    hint: 'is the server running, and can the worker reach it?',
    cause,
  });
}
