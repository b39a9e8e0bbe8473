import type { Clock } from '../../lib/clock.ts';
import type { Role } from '../../store/identity-store.ts';
import type { Store } from '../../store/store.ts';

/** A user as whoever starts the server wants them. What is not said stays as it is. */
export interface GivenUser {
  readonly name: string;
  /** As `pikoci user-password` prints it. */
  readonly passwordHash?: string | undefined;
  readonly admin?: boolean | undefined;
  readonly displayName?: string | undefined;
  readonly email?: string | undefined;
  readonly teams: readonly { readonly team: string; readonly role: Role }[];
}

/** Makes those who are not there and brings the others up to date. A password that is another one ends their sessions. */
export async function keepGivenUsers(store: Store, clock: Clock, users: readonly GivenUser[]): Promise<void> {
  for (const { name, passwordHash, admin, displayName, email, teams } of users) {
    const who = { displayName, email };
    const there = await store.findUser(name);
    const { id } =
      there ?? (await store.createUser({ name, ...who, admin: admin === true, passwordHash, now: clock.now() }));
    if (there !== undefined) {
      await store.changeUser(id, {
        ...(displayName !== undefined && { displayName }),
        ...(email !== undefined && { email }),
        ...(admin !== undefined && { admin }),
      });
      const known = (await store.passwordOf(name))?.hash;
      if (passwordHash !== undefined && passwordHash !== known) await store.setPassword(id, passwordHash);
    }
    for (const { team, role } of teams) await store.setMember((await store.ensureTeam(team)).id, id, role);
  }
}
