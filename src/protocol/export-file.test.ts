import { expect, test } from 'bun:test';
import { CodedError } from '../lib/coded-error.ts';
import { type ExportPart, exportLine, failedLine, readExport } from './export-file.ts';

const header: ExportPart = {
  kind: 'header',
  header: { pikoci: 'export', format: 1, schema: 7, version: '1.2.3', at: 5, secrets: { held: false, keyCheck: 'k' } },
};
const digest = 'ab'.repeat(32);
const whole: readonly ExportPart[] = [
  header,
  { kind: 'table', table: 'logs', columns: ['id', 'size', 'bytes', 'note'] },
  { kind: 'row', cells: ['1', 2.5, Buffer.from([0, 255]), null] },
  { kind: 'blob', digest, size: 3 },
  { kind: 'piece', bytes: Buffer.from('ab') },
  { kind: 'piece', bytes: Buffer.from('c') },
  { kind: 'blobEnd', whole: true },
  { kind: 'end', counts: { rows: 1, blobs: 1, missingBlobs: 0 } },
];

async function* from(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

const read = (lines: readonly string[], schemas?: number) => Array.fromAsync(readExport(from(lines), schemas));
const lines = whole.map(exportLine);

test('what is written is read', async () => {
  expect(await read(lines, 7)).toEqual([...whole]);
});

test('an export of a later version is refused before anything else is said about it', async () => {
  await expect(read(lines, 6)).rejects.toMatchObject({
    code: 'import.newer',
    message: 'the export was made by pikoci 1.2.3, which is newer than this one',
  });
  await expect(read(['{"pikoci":"export","format":2,"version":"3.0.0"}'])).rejects.toMatchObject({
    code: 'import.newer',
    message: expect.stringMatching(/3\.0\.0/),
  });
});

test('whatever is not in its place is told with its line', async () => {
  const without = (index: number) => lines.toSpliced(index, 1);
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /has no end/],
    [['{}'], /not a file that pikoci export made/],
    [['no json'], /not a file that pikoci export made/],
    [['{"pikoci":"export","format":1}'], /the first line/],
    [without(1), /line 2 .*a row that its table does not have/],
    [without(2), /has not as much as it says/],
    [without(3), /line 4 .*belong to no blob/],
    [without(4), /line 6 .*not whole/],
    [without(6), /line 7 .*a blob is cut off/],
    [without(7), /line 7 .*no end/],
    [[...lines, lines[2] ?? ''], /line 9 .*behind its end/],
    [lines.toSpliced(2, 1, '{"what":1}'), /line 3 .*none that an export has/],
    [lines.toSpliced(2, 1, '["1",2]'), /line 3 .*does not have/],
  ];
  for (const [given, message] of cases) {
    await expect(read(given)).rejects.toMatchObject({
      code: 'import.bad_file',
      message: expect.stringMatching(message),
    });
  }
  const failed = failedLine(new CodedError('store.io', 'the disk broke', { hint: 'mend it' }));
  await expect(read([...lines.slice(0, 2), failed])).rejects.toMatchObject({
    code: 'export.failed',
    message: expect.stringMatching(/the disk broke/),
    hint: 'mend it',
  });
});
