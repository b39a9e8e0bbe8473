/** `pikoci worker-token`: a token for workers on other machines, made of the server's secret alone, where no server need run. */
import { join, resolve } from 'node:path';
import { systemClock } from '../lib/clock.ts';
import { CodedError } from '../lib/coded-error.ts';
import { defaultDataDir } from '../lib/system/paths.ts';
import { readPrivateFile } from '../lib/system/private-file.ts';
import { createWorkerTokens } from '../server/workers/worker-tokens.ts';
import { readKey } from './data-directory.ts';
import { readSettings } from './read-settings.ts';
import { workerTokenFlags } from './worker-token-flags.ts';

/** Prints the token to stdout, and nothing else; its id, by which it can be revoked, goes to stderr. */
export async function makeWorkerToken(options: Readonly<Record<string, unknown>>): Promise<number> {
  const { jwtSecret, dataDir, team, tags, expires } = await readSettings(workerTokenFlags, options);
  if (expires === 0) {
    throw new CodedError('usage.bad_value', '--expires: a token that is good for 0s is good for nothing', {
      hint: 'say for how long it shall be: 30d',
    });
  }
  const tokens = createWorkerTokens(await serverSecret(jwtSecret, dataDir), systemClock);
  const { token, id } = await tokens.make({
    expiresAt: systemClock.now() + expires,
    team,
    tags: tags.length === 0 ? undefined : tags,
  });
  process.stdout.write(`${token}\n`);
  process.stderr.write(`its id is ${id}: pikoci workers revoke ${id} ends it\n`);
  return 0;
}

async function serverSecret(given: string | undefined, dataDir: string | undefined): Promise<Uint8Array> {
  const data = dataDir === undefined ? defaultDataDir(process.env, process.cwd()) : resolve(dataDir);
  const directory = join(data, 'server');
  if (given === undefined && (await readPrivateFile(join(directory, 'jwt-secret'))) === undefined) {
    throw new CodedError(
      'usage.missing',
      `a token is made with the server's secret, and there is none in ${directory}`,
      {
        hint: 'set PIKOCI_JWT_SECRET to what the server was started with, or name its --data-dir',
      },
    );
  }
  return await readKey(directory, 'jwt-secret', given);
}
