import { chmodSync, lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import type { RunnerType } from '../../pipeline/plan-types.ts';
import { readOwnFile } from './own-file.ts';

/** The files one command reads or writes, and where they lie as the command sees them. Disposed of, they are gone. */
export interface ControlFiles extends Disposable {
  /** `PIKOCI_OUTPUT`, `PIKOCI_MASK` and `PIKOCI_SUMMARY`, as the command sees them. */
  readonly output: string;
  readonly mask: string;
  readonly summary: string;
  /** Writes a script; its path as the command sees it. */
  writeScript(script: string): string;
  readOutput(): string;
  /** Its beginning, where it is longer than is shown. */
  readSummary(): string;
  /** The mask file's content, if it has grown since the last call. */
  readNewMasks(): string | undefined;
}

const CONTROL_FILES = ['output', 'mask', 'summary'] as const;
type ControlFile = (typeof CONTROL_FILES)[number];
const VARIABLES: Readonly<Record<ControlFile, string>> = {
  output: '$PIKOCI_OUTPUT',
  mask: '$PIKOCI_MASK',
  summary: '$PIKOCI_SUMMARY',
};

const LARGEST_FILE_BYTES = 1024 * 1024;
const LARGEST_SUMMARY_BYTES = 128 * 1024;

/**
 * Where the runner shows the command nothing but the build's directory (it has a `workdir`), the files must lie in there, and exist; else
 * they lie beside, and only if they are written. They are for the worker's account alone; a command that the runner starts as another
 * user (`user`) must reach them too, which the closed directories above still keep from everyone else on the worker.
 */
export function createControlFiles(
  name: string,
  dirs: { readonly workDir: string; readonly privateDir: string },
  runner: RunnerType,
  options: { readonly hasOtherUser: boolean; readonly taken: Readonly<Record<ControlFile, boolean>> },
): ControlFiles {
  const isWithin = runner.workdir !== undefined;
  const outside = isWithin ? join(dirs.workDir, `.pikoci-${name}`) : join(dirs.privateDir, name);
  const inside = runner.workdir === undefined ? outside : join(runner.workdir, `.pikoci-${name}`);
  let made = false;
  let seenBytes = 0;

  function directory(): void {
    if (made) return;
    made = true;
    mkdirSync(outside, { mode: 0o700 });
    if (options.hasOtherUser) chmodSync(outside, 0o755);
  }

  function write(file: string, text: string): string {
    directory();
    writeFileSync(join(outside, file), text, { mode: 0o600, flag: 'wx' });
    if (options.hasOtherUser) chmodSync(join(outside, file), 0o666);
    return join(inside, file);
  }

  const taken = CONTROL_FILES.filter((file) => options.taken[file]);
  if (isWithin) for (const file of taken) write(file, '');
  // Beside the build's directory two names will do: one directory less to make and remove for every command.
  const place = (file: string): string => (isWithin ? join(outside, file) : `${outside}-${file}`);
  const seen = (file: string): string => (isWithin ? join(inside, file) : place(file));
  const sizeOf = (file: string): number => lstatSync(place(file), { throwIfNoEntry: false })?.size ?? 0;
  const read = (file: ControlFile, bytes: number): string => readOwnFile(place(file), bytes, VARIABLES[file]);

  return {
    output: seen('output'),
    mask: seen('mask'),
    summary: seen('summary'),
    writeScript: (script) => write('script', script),
    readOutput() {
      const size = sizeOf('output');
      if (size > LARGEST_FILE_BYTES) {
        throw new CodedError(
          'task.output_too_large',
          `the file $PIKOCI_OUTPUT has ${size} bytes; at most ${LARGEST_FILE_BYTES} are read`,
          { hint: "hand on large things as files in the build's directory" },
        );
      }
      return size === 0 ? '' : read('output', LARGEST_FILE_BYTES);
    },
    readSummary() {
      const size = sizeOf('summary');
      if (size === 0) return '';
      const text = read('summary', LARGEST_SUMMARY_BYTES);
      return size <= LARGEST_SUMMARY_BYTES
        ? text
        : `${text}\n\n(of ${size} bytes the first ${LARGEST_SUMMARY_BYTES} are shown)\n`;
    },
    readNewMasks() {
      const size = sizeOf('mask');
      // What a service goes on writing comes here when the file is gone.
      if (size <= seenBytes) return undefined;
      if (size > LARGEST_FILE_BYTES) {
        throw new CodedError(
          'task.masks_too_large',
          `the file $PIKOCI_MASK has ${size} bytes; at most ${LARGEST_FILE_BYTES} are read`,
          { hint: 'it takes one secret on each line, not the output of a command' },
        );
      }
      seenBytes = size;
      return read('mask', LARGEST_FILE_BYTES);
    },
    [Symbol.dispose]() {
      if (made) rmSync(outside, { recursive: true, force: true });
      if (isWithin) return;
      for (const file of taken) {
        if (lstatSync(place(file), { throwIfNoEntry: false }) === undefined) continue;
        rmSync(place(file), { recursive: true, force: true });
      }
    },
  };
}
