/** Passwords at rest: argon2id, with the parameters and the salt in the text itself. */

/** 64 MiB and two passes: some tenths of a second for whoever guesses. */
const PARAMETERS = { algorithm: 'argon2id', memoryCost: 65_536, timeCost: 2 } as const;

export const hashPassword = (password: string): Promise<string> => Bun.password.hash(password, PARAMETERS);

/** False too for a hash that is none. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  try {
    return await Bun.password.verify(password, hash);
  } catch {
    return false;
  }
}
