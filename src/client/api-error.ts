import { CodedError } from '../lib/coded-error.ts';
import { type Problem, problem } from '../protocol/api.ts';
import type { StaleChange } from '../protocol/revisions.ts';

/** The server answered with a problem: `code`, `message` and `hint` are its own words. */
export class ApiError extends CodedError {
  readonly status: number;
  /** Of a pipeline that is not valid: its mistakes as text, ready to print. */
  readonly rendered: string | undefined;
  readonly diagnostics: readonly unknown[];
  /** Of a change that was made from a revision no longer in force: what is now, and what was changed. */
  readonly stale: StaleChange | undefined;

  constructor(answer: Problem) {
    const options = answer.hint === undefined ? {} : { hint: answer.hint };
    super(answer.code, answer.detail ?? answer.title, options);
    this.name = 'ApiError';
    this.status = answer.status;
    this.rendered = answer.rendered;
    this.diagnostics = answer.diagnostics ?? [];
    this.stale = answer.stale;
  }
}

/** Reads a refusal. What is not problem+json was not said by a pikoci server: a proxy, or another program on that port. */
export async function readProblem(response: Response): Promise<CodedError> {
  const text = await response.text();
  try {
    return new ApiError(problem.parse(JSON.parse(text)));
  } catch (error) {
    return new CodedError(
      'client.not_pikoci',
      `${new URL(response.url || 'http://unknown').origin} answered ${response.status} without a word that pikoci would use`,
      { hint: 'is the address that of a pikoci server, and is there a proxy in between?', cause: error },
    );
  }
}
