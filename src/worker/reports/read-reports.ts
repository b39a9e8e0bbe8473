import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { TestCase } from '../../protocol/tests.ts';
import { createJunitReader, JunitError } from './junit.ts';

/** How many tests of one step are kept. */
export const MOST_TESTS = 50_000;

/** What became of one report: its tests went to `take`. */
export interface ReportEnd {
  readonly file: string;
  readonly tests: number;
  /** Why the rest of it could not be read. */
  readonly problem?: string | undefined;
}

/** Reads one report, until `isOver`; its bytes are in the encoding that its first line names, else UTF-8. */
export async function readReport(
  workDir: string,
  file: string,
  take: (test: TestCase) => Promise<void>,
  isOver: () => boolean = () => false,
): Promise<ReportEnd> {
  const reader = createJunitReader();
  let tests = 0;
  const takeAll = async (cases: readonly TestCase[]): Promise<void> => {
    for (const test of cases) {
      tests += 1;
      await take(test);
    }
  };
  let decoder: TextDecoder | undefined;
  try {
    for await (const bytes of createReadStream(join(workDir, file), {
      highWaterMark: 64 * 1024,
    }) as AsyncIterable<Buffer>) {
      if (isOver()) return { file, tests, problem: 'the step was ended before it was read' };
      decoder ??= decoderOf(bytes);
      await takeAll(reader.push(decoder.decode(bytes, { stream: true })));
    }
    if (decoder !== undefined) await takeAll(reader.push(decoder.decode()));
    await takeAll(reader.end());
    return { file, tests };
  } catch (error) {
    if (error instanceof JunitError) return { file, tests, problem: error.message };
    if (error instanceof Error && 'code' in error) return { file, tests, problem: `it cannot be read: ${error.code}` };
    throw error;
  }
}

function decoderOf(first: Uint8Array): TextDecoder {
  if (first[0] === 0xff && first[1] === 0xfe) return new TextDecoder('utf-16le');
  if (first[0] === 0xfe && first[1] === 0xff) return new TextDecoder('utf-16be');
  const named = /^[^<]{0,4}<\?xml[^>]*encoding=["']([\w.:-]+)["']/.exec(
    Buffer.from(first.subarray(0, 200)).toString('latin1'),
  );
  try {
    return new TextDecoder(named?.[1] ?? 'utf-8');
  } catch {
    throw new JunitError(`line 1: its encoding ${named?.[1]} is not known here`);
  }
}
