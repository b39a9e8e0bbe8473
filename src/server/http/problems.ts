/** The one place where codes of errors become HTTP statuses. */
import { CodedError } from '../../lib/coded-error.ts';
import type { Problem } from '../../protocol/api.ts';

interface Answer {
  readonly status: 400 | 401 | 403 | 404 | 409 | 410 | 412 | 413 | 422 | 428 | 429 | 500 | 502 | 503 | 507;
  readonly title: string;
}

const BAD_REQUEST: Answer = { status: 400, title: 'The request is not right' };
const BAD_INPUT: Answer = { status: 422, title: 'An input of the job is not right' };
const NOT_FOUND: Answer = { status: 404, title: 'There is no such thing' };
const GONE: Answer = { status: 410, title: 'It is kept no longer' };
const CONFLICT: Answer = { status: 409, title: 'Not possible in this state' };
const FORBIDDEN: Answer = { status: 403, title: 'Not allowed' };

const ELSEWHERE: Answer = { status: 502, title: 'Another service failed' };
const SIGN_IN = 'Signing in did not work';
const NOT_SIGNED_IN: Answer = { status: 502, title: SIGN_IN };
const NO_SIGN_IN: Answer = { status: 403, title: 'You cannot sign in like this' };

const ANSWERS: Readonly<Record<string, Answer>> = {
  'api.bad_request': BAD_REQUEST,
  'api.condition_missing': { status: 428, title: 'What was the change made from?' },
  'api.not_found': NOT_FOUND,
  'api.too_large': { status: 413, title: 'The request is too large' },
  'api.too_many_streams': { status: 429, title: 'Too many open streams' },
  'archive.corrupt': { status: 500, title: 'What is kept is damaged' },
  'auth.required': { status: 401, title: 'Who are you?' },
  'auth.forbidden': FORBIDDEN,
  'auth.bad_credentials': { status: 401, title: 'Who are you?' },
  'auth.bad_password': BAD_REQUEST,
  'auth.csrf': FORBIDDEN,
  'auth.not_a_user': CONFLICT,
  'auth.rate_limited': { status: 429, title: 'Too many attempts' },
  'build.no_input': BAD_REQUEST,
  'blobs.full': { status: 507, title: 'There is no room' },
  'blobs.not_found': NOT_FOUND,
  'blobs.unavailable': { status: 503, title: 'The place of blobs is not available' },
  'approval.changed': CONFLICT,
  'approval.unknown': BAD_REQUEST,
  'approval.voted': CONFLICT,
  'approval.which': BAD_REQUEST,
  'build.deleted': GONE,
  'build.log_deleted': GONE,
  'build.no_version': CONFLICT,
  'build.of_fork': CONFLICT,
  'export.running': CONFLICT,
  'forge.bad_answer': { status: 502, title: 'The forge answers something else' },
  'forge.bad_event': BAD_REQUEST,
  'forge.failed': { status: 502, title: 'The forge has trouble' },
  'forge.missing_scope': FORBIDDEN,
  'forge.no_right': FORBIDDEN,
  'forge.not_found': NOT_FOUND,
  'forge.rate_limited': { status: 503, title: 'The forge wants us to wait' },
  'forge.refused': { status: 502, title: 'The forge refused' },
  'forge.signed_out': CONFLICT,
  'forge.unknown': NOT_FOUND,
  'forge.unreachable': { status: 502, title: 'The forge does not answer' },
  'repository.no_external_url': CONFLICT,
  'repository.pipeline_taken': CONFLICT,
  'input.bad_value': BAD_INPUT,
  'input.missing': BAD_INPUT,
  'input.too_long': BAD_INPUT,
  'input.unknown': BAD_INPUT,
  'job.manual_trigger_disabled': CONFLICT,
  'resource.never_checked': CONFLICT,
  'resource.version_ambiguous': CONFLICT,
  'resource.version_not_found': NOT_FOUND,
  job_not_found: NOT_FOUND,
  resource_not_found: NOT_FOUND,
  'passphrase.too_short': BAD_REQUEST,
  'pipeline.invalid': { status: 422, title: 'The pipeline is not valid' },
  'secrets.wrong_key': { status: 500, title: 'The server lacks a key' },
  'sign_in.bad_answer': NOT_SIGNED_IN,
  'sign_in.bad_code': { status: 400, title: SIGN_IN },
  'sign_in.disabled': NO_SIGN_IN,
  'sign_in.not_allowed': NO_SIGN_IN,
  'sign_in.refused': NO_SIGN_IN,
  'sign_in.state': { status: 400, title: SIGN_IN },
  'sign_in.unknown': NO_SIGN_IN,
  'sign_in.unreachable': NOT_SIGNED_IN,
  'sign_in.wrong_client': NOT_SIGNED_IN,
  'fetch.refused': ELSEWHERE,
  'fetch.timeout': ELSEWHERE,
  'fetch.too_large': ELSEWHERE,
  'fetch.unreachable': ELSEWHERE,
  'store.conflict': CONFLICT,
  'store.bad_cursor': BAD_REQUEST,
  'store.stale_revision': { status: 412, title: 'Changed in the meantime' },
  'store.not_found': NOT_FOUND,
  'store.unstorable': BAD_REQUEST,
  'upload.too_large': { status: 413, title: 'The upload is too large' },
  'upload.wrong_digest': { status: 422, title: 'What came is not what was sent' },
  'upload.wrong_offset': CONFLICT,
  'worker.ambiguous': CONFLICT,
  'worker.not_in_force': FORBIDDEN,
  'poison.not_kept': GONE,
  'protocol.bad_message': { status: 422, title: 'It still cannot be read' },
};

/** Failures of the database that are not the asker's doing pass, usually. */
const STORE: Answer = { status: 503, title: 'The database is not available' };
const OTHER: Answer = { status: 500, title: 'The server failed' };

type ProblemExtra = Pick<Problem, 'diagnostics' | 'rendered' | 'stale'>;

/** More about a refusal than code, message and hint. */
export class ProblemError extends CodedError {
  readonly extra: ProblemExtra;

  constructor(code: string, message: string, extra: ProblemExtra, options: { hint?: string } = {}) {
    super(code, message, options);
    this.extra = extra;
  }
}

/**
 * What a client is told of an error. A CodedError is written for people and passes; anything else is a bug of ours, of which only
 * `reference` gets out: the log has the rest under it.
 */
export function problemOf(error: unknown, reference: string): Problem {
  if (!(error instanceof CodedError)) {
    return {
      type: 'urn:pikoci:problem:server.bug',
      title: OTHER.title,
      status: 500,
      code: 'server.bug',
      detail: 'something went wrong inside the server',
      hint: `the server's log has the details under ${reference}`,
    };
  }
  const { status, title } = ANSWERS[error.code] ?? (error.code.startsWith('store.') ? STORE : OTHER);
  return {
    type: `urn:pikoci:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error instanceof ProblemError && error.extra),
  };
}

export function notFound(what: string, hint?: string): CodedError {
  return new CodedError('api.not_found', `there is no ${what}`, hint === undefined ? {} : { hint });
}

export function problemResponse(problem: Problem): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  });
}
