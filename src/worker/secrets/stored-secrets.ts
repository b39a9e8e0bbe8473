/** Secrets that the server keeps, asked for over the queue just before the step that needs them. */
import { CodedError } from '../../lib/coded-error.ts';
import { open, type SealKey } from '../../lib/system/seal.ts';
import { decodeAnswer, encodeRequest } from '../../protocol/codec.ts';
import type { SecretRequest, ServerAnswer } from '../../protocol/messages.ts';
import type { WorkerQueue } from '../../queue/queue.ts';
import { pause } from '../engine/interrupt.ts';

/** The text of a secret. Throws a CodedError that names it and never says its value, or the signal's reason. */
export type AskForSecret = (name: string, signal: AbortSignal) => Promise<string>;

export interface StoredSecrets {
  /** For what this worker was granted, and as long as it holds it. */
  of(work: SecretRequest['work']): AskForSecret;
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

  async function ask(body: Uint8Array, name: string, signal: AbortSignal): Promise<ServerAnswer> {
    const end = performance.now() + patienceMs;
    for (;;) {
      try {
        return decodeAnswer(await queue.request(body, { timeoutMs: ANSWER_MS, signal }));
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof CodedError && PASSING.has(error.code))) throw error;
        if (performance.now() >= end) throw unreachable(name, error);
      }
      await pause(RETRY_MS, signal);
      signal.throwIfAborted();
    }
  }

  return {
    of: (work) => async (name, signal) => {
      const request: SecretRequest = { kind: 'secret', worker, sealKey: sealKey.publicKey, work, name };
      const answer = await ask(encodeRequest(request), name, signal);
      if (answer.kind === 'refused') {
        const { code, message, hint } = answer.problem;
        throw new CodedError(code, message, hint === undefined ? {} : { hint });
      }
      const text = answer.kind === 'secret' ? open(sealKey, answer.sealed) : undefined;
      if (typeof text === 'string') return text;
      throw new CodedError(
        'secret.bad_answer',
        `the server answered the question for the secret ${name} with something else`,
        {
          hint: 'server and worker may run different versions of pikoci',
        },
      );
    },
  };
}

/** Where there is no server, as in `pikoci run`. */
export const askNobody: AskForSecret = async (name) => {
  throw new CodedError('secret.no_server', `the secret "${name}" is kept by a server, and here is none`, {
    hint: 'give it from a file of yours: --secrets FILE, or --var NAME=@FILE for one variable',
  });
};

function unreachable(name: string, cause: CodedError): CodedError {
  return new CodedError(
    'secret.unreachable',
    `the server could not be asked for the secret ${name}: ${cause.message}`,
    {
      hint: 'is the server running, and can the worker reach it?',
      cause,
    },
  );
}
