/**
 * A failure of the world outside (a port is taken, a file cannot be read, a server refuses): something a person can act on.
 *
 * `code` is permanent: scripts, tests and the API's problem+json match on it, never on the message. `message` says what
 * happened, where and why in one sentence; `hint` says what to do about it. A pipeline author's mistakes are not errors
 * but diagnostics (see hcl/diagnostic.ts), and a bug of ours is a plain Error.
 */
export class CodedError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CodedError';
    this.code = code;
    this.hint = options.hint;
  }
}

/** The text of anything thrown, for a log or a message to a person. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
