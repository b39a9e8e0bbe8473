import { spawn } from 'node:child_process';

const READY_MS = 30_000;

/** A shell command that runs beside a test, in a process group of its own, once its output says that it is ready. It is killed, with all it started, at the end. */
export async function startBackground(
  command: string,
  ready: RegExp,
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<AsyncDisposable> {
  const child = spawn('/bin/sh', ['-c', command], { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const gone = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
    child.on('error', () => resolve());
  });
  const dispose = async (): Promise<void> => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGKILL');
    await gone;
  };
  const started = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${command} is not ready after ${READY_MS} ms:\n${output}`)),
      READY_MS,
    );
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
      if (!ready.test(output)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    void gone.then(() => {
      clearTimeout(timer);
      reject(new Error(`${command} ended before it was ready:\n${output}`));
    });
  });
  try {
    await started;
  } catch (error) {
    await dispose();
    throw error;
  }
  return { [Symbol.asyncDispose]: dispose };
}
