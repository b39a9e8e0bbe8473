import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import { bundleFile } from './load-file.ts';

async function refusal(content: string | Uint8Array): Promise<{ code: string; message: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'pikoci-load-file-'));
  try {
    writeFileSync(join(directory, 'p.hcl'), content);
    await bundleFile('p.hcl', directory);
    throw new Error('it was read');
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { code: error.code, message: error.message };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const table: [what: string, content: string | Uint8Array, said: string][] = [
  ['a binary', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]), 'no text'],
  ['UTF-16', new Uint8Array([0xff, 0xfe, 0x6a, 0x00]), 'UTF-16'],
  ['a byte that is no character', new Uint8Array([0x23, 0x0a, 0x23, 0x20, 0xe4, 0x0a]), 'line 2'],
  ['far too much', '#'.repeat(4 * 1024 * 1024 + 1), 'more than 4 MB'],
];
test.each(table)('%s is refused as a pipeline', async (_, content, said) => {
  const { code, message } = await refusal(content);
  expect(code).toBe('usage.not_a_pipeline');
  expect(message).toContain(`p.hcl ${said.startsWith('line') ? 'is not in UTF-8' : ''}`);
  expect(message).toContain(said);
});

test('a directory is refused', async () => {
  await expect(bundleFile('.', tmpdir())).rejects.toMatchObject({ code: 'usage.unreadable_file' });
});

test('what never ends is read up to the limit', async () => {
  await expect(bundleFile('/dev/zero', '/')).rejects.toMatchObject({ code: 'usage.not_a_pipeline' });
});
