/** A server always has an administrator who can get in: the first start makes one, and no password that anybody knows. */
import type { Clock } from '../../lib/clock.ts';
import type { UserRecord } from '../../store/identity-store.ts';
import type { Store } from '../../store/store.ts';
import type { Passwords } from '../auth/passwords.ts';

const NAME = 'admin';
const PAGE = 200;

export interface FirstAdminParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly passwords: Passwords;
}

/** Does nothing where there are users. Throws `auth.bad_password`. */
export async function makeFirstAdmin(parts: FirstAdminParts, password: string | undefined): Promise<void> {
  const { store, clock, passwords } = parts;
  if (await store.hasUsers()) return;
  const passwordHash = password === undefined ? undefined : await passwords.hash(password);
  try {
    await store.createUser({ name: NAME, admin: true, passwordHash, now: clock.now() });
  } catch (error) {
    // Another server of the same database was first.
    if (!(await store.hasUsers())) throw error;
  }
}

/** `admin` where they are one, else the one who comes first by name. */
export async function findAdmin(store: Store): Promise<UserRecord> {
  const isActing = (user: UserRecord | undefined): user is UserRecord =>
    user?.admin === true && user.disabledAt === undefined;
  const usual = await store.findUser(NAME);
  if (isActing(usual)) return usual;
  let after: string | undefined;
  do {
    const page = await store.listUsers({ limit: PAGE, after });
    const found = page.items.find(isActing);
    if (found !== undefined) return found;
    after = page.next;
  } while (after !== undefined);
  throw new Error('no administrator, although the store never lets the last one go');
}
