import { CodedError } from '../../lib/coded-error.ts';

/** What one look of the doctor saw. */
export interface Finding {
  /** What was looked at: `git`, `database`. */
  readonly about: string;
  /** `note`: fine as it is, and worth knowing. `problem`: something asked for will not work. */
  readonly outcome: 'good' | 'note' | 'problem';
  readonly text: string;
  /** What to do. */
  readonly hint: string | undefined;
}

export type Look = () => Promise<Omit<Finding, 'about'>>;

export const good = (text: string): Omit<Finding, 'about'> => ({ outcome: 'good', text, hint: undefined });
export const note = (text: string, hint?: string): Omit<Finding, 'about'> => ({ outcome: 'note', text, hint });
export const problem = (text: string, hint?: string): Omit<Finding, 'about'> => ({ outcome: 'problem', text, hint });

/** What an error of the world says, as a finding. Bugs throw on. */
export function problemOf(error: unknown): Omit<Finding, 'about'> {
  if (!(error instanceof CodedError)) throw error;
  return problem(error.message, error.hint);
}

/** A look that takes longer is given up. */
const TIMEOUT_MS = 15_000;

export async function lookAt(about: string, look: Look): Promise<Finding> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Omit<Finding, 'about'>>((done) => {
    const text = `no answer within ${TIMEOUT_MS / 1_000} s`;
    timer = setTimeout(() => done(problem(text, 'is it reachable from here, and not stopped?')), TIMEOUT_MS);
  });
  try {
    return { about, ...(await Promise.race([look().catch(problemOf), late])) };
  } finally {
    clearTimeout(timer);
  }
}
