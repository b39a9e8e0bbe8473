/** Which user an account elsewhere is, and what they may do for it. */
import type { Account } from '../../integrations/sign-in/provider.ts';
import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { UserId } from '../../lib/ids.ts';
import type { SignInRule } from '../../protocol/sign-in.ts';
import { accountName } from '../../protocol/users.ts';
import { ROLES, type UserRecord } from '../../store/identity-store.ts';
import type { Store } from '../../store/store.ts';
import type { Audit } from '../auth/audit.ts';
import type { KnownProvider } from './providers.ts';

export interface Admission {
  /**
   * The user who has this account; one is made for somebody new, where the settings let it. Throws `sign_in.not_allowed`, `sign_in.unknown`, `sign_in.disabled`.
   */
  admit(provider: KnownProvider, account: Account, address: string): Promise<UserRecord>;
  /** Makes it an account of this user. Throws `sign_in.not_allowed`, `store.conflict`. */
  link(provider: KnownProvider, account: Account, userId: UserId, address: string): Promise<UserRecord>;
}

/** How many names are tried for somebody new. */
const MOST_NAMES = 50;
const LONGEST_NAME = 60;

export function createAdmission({
  store,
  clock,
  audit,
}: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
}): Admission {
  /** What the rules give is given; nothing is taken away by them. */
  async function applyRules({ name, settings }: KnownProvider, account: Account, userId: UserId, address: string) {
    const known = await store.getUser(userId);
    if (known === undefined) return;
    for (const rule of settings.rules ?? []) {
      if (!fits(rule, account)) continue;
      const has = known.memberships.find(({ team }) => team === rule.team)?.role;
      if (has !== undefined && ROLES.indexOf(has) >= ROLES.indexOf(rule.role)) continue;
      const { id, name: team } = await store.ensureTeam(rule.team);
      const now = (await store.getUser(userId))?.memberships.find((one) => one.team === team)?.role;
      if (now !== undefined && ROLES.indexOf(now) >= ROLES.indexOf(rule.role)) continue;
      await store.setMember(id, userId, rule.role);
      const target = `member ${known.user.name} as ${rule.role}`;
      await audit.done({ by: { name: `rule of ${name}` }, address, action: 'setMember', subject: { team, target } });
    }
  }

  async function byEmail({ settings }: KnownProvider, account: Account): Promise<UserRecord | undefined> {
    const [email] = account.emails;
    if (settings.linkByEmail !== true || email === undefined) return undefined;
    const found = await store.findUsersByEmail(email);
    // An administrator of the server is worth more than an address: they link from their own page.
    return found.length === 1 && found[0]?.admin === false ? found[0] : undefined;
  }

  async function linkTo(
    { name }: KnownProvider,
    { subject, login }: Account,
    user: UserRecord,
    address: string,
  ): Promise<void> {
    await store.linkIdentity({ provider: name, subject, userId: user.id, login, linkedAt: clock.now() });
    const detail = { provider: name, account: login };
    const subjectOf = { target: `user ${user.name}` };
    await audit.done({ by: user, address, action: 'linkIdentity', subject: subjectOf, detail });
  }

  return {
    async admit(provider, account, address) {
      requireAllowed(provider, account);
      const { name, settings, label } = provider;
      const known = await store.findIdentity(name, account.subject);
      if (known === undefined) {
        const same = await byEmail(provider, account);
        if (same !== undefined) await linkTo(provider, account, same, address);
        else if (settings.register === false) throw notRegistered(label, account.login);
      }
      const { user, created } = await store.admitAccount({
        ...{ provider: name, subject: account.subject, login: account.login },
        ...{ names: namesOf(account.login), displayName: account.displayName?.slice(0, 200) },
        email: account.emails[0],
        now: clock.now(),
      });
      if (created) {
        const detail = { provider: name, account: account.login };
        const subject = { target: `user ${user.name}` };
        await audit.done({ by: { name: user.name }, address, action: 'createUser', subject, detail });
      }
      if (user.disabledAt !== undefined) {
        throw new CodedError('sign_in.disabled', `the user ${user.name} is disabled, and cannot sign in`, {
          hint: 'an administrator can enable them: pikoci users enable NAME',
        });
      }
      await applyRules(provider, account, user.id, address);
      return user;
    },

    async link(provider, account, userId, address) {
      requireAllowed(provider, account);
      const known = await store.getUser(userId);
      if (known === undefined || known.user.disabledAt !== undefined) {
        throw new CodedError('sign_in.disabled', 'the user who began to link an account is not there any more');
      }
      await linkTo(provider, account, known.user, address);
      await applyRules(provider, account, userId, address);
      return known.user;
    },
  };
}

function requireAllowed({ settings, label }: KnownProvider, account: Account): void {
  const { allow } = settings;
  if (allow === undefined) return;
  const isIn = (allow.groups ?? []).some((group) => hasGroup(account, group));
  const hasDomain = (allow.domains ?? []).some((domain) => hasAddressIn(account, domain));
  if (isIn || hasDomain) return;
  throw new CodedError(
    'sign_in.not_allowed',
    `the ${label} account ${account.login} is none of those who may sign in here`,
    {
      hint: 'membership of an organisation, team or group, or a verified address of a domain decides: an administrator says which; at GitHub an organisation may have to approve this application before it tells who its members are',
    },
  );
}

function fits({ group, domain }: SignInRule, account: Account): boolean {
  return (group === undefined || hasGroup(account, group)) && (domain === undefined || hasAddressIn(account, domain));
}

/** Names of groups are told apart by more than their case nowhere. */
const hasGroup = ({ groups }: Account, wanted: string): boolean =>
  groups.some((group) => group.toLowerCase() === wanted.toLowerCase());

const hasAddressIn = ({ emails }: Account, domain: string): boolean =>
  emails.some((email) => email.slice(email.lastIndexOf('@') + 1).toLowerCase() === domain.toLowerCase());

function notRegistered(label: string, login: string): CodedError {
  return new CodedError('sign_in.unknown', `nobody here has the ${label} account ${login}`, {
    hint: `an administrator makes a user, who signs in and links the account on their profile page`,
  });
}

/** The login as a name of ours, then with numbers behind it. */
function namesOf(login: string): string[] {
  const plain = login
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._@-]+/g, '-')
    .slice(0, LONGEST_NAME)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
  const first = accountName.safeParse(plain).success ? plain : 'user';
  return Array.from({ length: MOST_NAMES }, (_, index) => (index === 0 ? first : `${first}-${index + 1}`));
}
