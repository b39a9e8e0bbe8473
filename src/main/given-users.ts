/** The file of `--users`. */
import { z } from 'zod';
import { readVariableFile } from '../cli/variables.ts';
import { CodedError } from '../lib/coded-error.ts';
import { role } from '../protocol/api.ts';
import { accountName } from '../protocol/users.ts';
import type { GivenUser } from '../server/users/keep-given-users.ts';

const user = z.strictObject({
  password_hash: z.string().startsWith('$argon2id$', 'is not what pikoci user-password prints').optional(),
  admin: z.boolean().optional(),
  display_name: z.string().max(200).optional(),
  email: z.email().max(200).optional(),
  teams: z.record(accountName, role.exclude(['public'])).optional(),
});
const file = z.strictObject({ users: z.record(accountName, user) });

/** Throws `usage.bad_config`, `usage.unreadable_file`. */
export async function readGivenUsers(path: string, cwd: string): Promise<readonly GivenUser[]> {
  const parsed = file.safeParse(await readVariableFile(path, cwd));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new CodedError('usage.bad_config', `${path}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`, {
      hint: 'users = { ada = { password_hash = "…", teams = { main = "write" } } }',
    });
  }
  return Object.entries(parsed.data.users).map(([name, given]) => ({
    name,
    passwordHash: given.password_hash,
    admin: given.admin,
    displayName: given.display_name,
    email: given.email,
    teams: Object.entries(given.teams ?? {}).map(([team, has]) => ({ team, role: has })),
  }));
}
