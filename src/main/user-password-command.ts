/** `pikoci user-password`: what a file of users holds instead of a password. */
import { buffer } from 'node:stream/consumers';
import { CodedError } from '../lib/coded-error.ts';
import { hashPassword } from '../lib/system/password.ts';
import { checkPassword } from '../server/auth/passwords.ts';
import { askHidden } from './ask-hidden.ts';

/** Prints the hash, and nothing else. */
export async function printPasswordHash(): Promise<number> {
  const password = process.stdin.isTTY ? await askTwice() : (await buffer(process.stdin)).toString('utf8').trim();
  checkPassword(password);
  process.stdout.write(`${await hashPassword(password)}\n`);
  return 0;
}

async function askTwice(): Promise<string> {
  const password = await askHidden('password: ');
  if ((await askHidden('once more: ')) === password) return password;
  throw new CodedError('usage.bad_value', 'the two are not the same', { hint: 'run the command again' });
}
