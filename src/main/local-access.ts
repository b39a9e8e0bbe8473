import { rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorText } from '../lib/coded-error.ts';
import type { Logger } from '../lib/logger.ts';
import { type LocalServer, leaveLocalServer, localServersDir, removeLocalServer } from '../lib/system/local-token.ts';

/**
 * Leaves the address and a token for the command line of this account, until the returned function is called: `stays` when another server is at that address now, whose word takes
 * the place of this one. Where the place cannot be written, the server
 * runs all the same, and says so.
 */
export async function allowLocalAccess(
  port: number,
  server: LocalServer,
  logger: Logger,
): Promise<(stays: boolean) => Promise<void>> {
  const directory = localServersDir(process.env, process.cwd());
  try {
    await leaveLocalServer(directory, port, server);
  } catch (error) {
    logger.warn(`the command line cannot sign in by itself: ${errorText(error)}`);
    return async () => undefined;
  }
  return async (stays) => {
    if (stays) return;
    await removeLocalServer(directory, port, server.instance);
    // Directories made for nothing else go too; one with something in it stays.
    for (const path of [directory, dirname(directory)]) {
      try {
        rmdirSync(path);
      } catch {
        return;
      }
    }
  };
}
