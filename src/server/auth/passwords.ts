import { CodedError } from '../../lib/coded-error.ts';
import { hashPassword, verifyPassword } from '../../lib/system/password.ts';
import type { UserRecord } from '../../store/identity-store.ts';
import type { Store } from '../../store/store.ts';

const LEAST_CHARACTERS = 10;
/** Argon2 reads all of it: a long one is work for the server. */
const MOST_CHARACTERS = 200;
/** Each takes 64 MiB while it is worked on. */
const AT_ONCE = 4;

export interface Passwords {
  /** Takes as long for a name that is not there, or has no password, as for one that has. */
  check(name: string, password: string): Promise<UserRecord | undefined>;
  /** Throws `auth.bad_password` for one that is too short or too long. */
  hash(password: string): Promise<string>;
}

export function createPasswords(store: Store): Passwords {
  const working = createGate(AT_ONCE);
  let ofNobody: Promise<string> | undefined;
  return {
    async check(name, password) {
      if (password.length > MOST_CHARACTERS) return undefined;
      const found = await store.passwordOf(name);
      ofNobody ??= hashPassword(crypto.randomUUID());
      const hash = found?.hash ?? (await ofNobody);
      const right = await working(() => verifyPassword(password, hash));
      return right ? found?.user : undefined;
    },
    async hash(password) {
      checkPassword(password);
      return working(() => hashPassword(password));
    },
  };
}

/** Throws `auth.bad_password`. */
export function checkPassword({ length }: string): void {
  if (length >= LEAST_CHARACTERS && length <= MOST_CHARACTERS) return;
  throw new CodedError(
    'auth.bad_password',
    `a password has ${LEAST_CHARACTERS} to ${MOST_CHARACTERS} characters, this one ${length}`,
    { hint: 'a few words in a row are easier to remember than signs, and as good' },
  );
}

/** Lets so many pass at a time; the others wait in a line. */
function createGate(size: number): <T>(work: () => Promise<T>) => Promise<T> {
  let inside = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (inside >= size) await new Promise<void>((resolve) => waiting.push(resolve));
    else inside += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) inside -= 1;
      else next();
    }
  };
}
