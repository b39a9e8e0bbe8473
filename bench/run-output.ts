import { spawn } from 'node:child_process';
import type { Workplace } from './program.ts';

/** What a command prints that must succeed. */
export async function runOutput(command: string, args: readonly string[], at: Workplace): Promise<string> {
  const child = spawn(command, args, { cwd: at.path, env: at.environment, stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((done, failed) => {
    child.on('error', failed);
    child.on('close', done);
  });
  if (code !== 0) throw new Error(`${command} exited ${code}`);
  return Buffer.concat(chunks).toString();
}
