import { type SpawnOptions, spawn } from 'node:child_process';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. Its output is kept; nothing is thrown for an exit code. Rejects where it cannot be started. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: SpawnOptions & { readonly input?: string | Uint8Array; readonly timeoutMs?: number } = {},
): Promise<CommandResult> {
  const { input, timeoutMs, ...spawnOptions } = options;
  const child = spawn(command, args, { ...spawnOptions, timeout: timeoutMs, stdio: ['pipe', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  // A command may end without reading what it was given.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
}

/** The same, for a command that must succeed: what it printed, trimmed. */
export async function mustRun(
  command: string,
  args: readonly string[],
  options: Parameters<typeof runCommand>[2] = {},
): Promise<string> {
  const { code, stdout, stderr } = await runCommand(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} exited ${code}: ${stderr || stdout}`);
  return stdout.trim();
}
