import { describe, expect, test } from 'bun:test';
import { foldsOf } from './folding.ts';
import { documentAt, marked } from './marked-text.fixture.ts';
import { type OutlineItem, outlineOf } from './outline.ts';
import { signatureAt } from './signature.ts';

describe('outline', () => {
  const lines = (items: readonly OutlineItem[], depth = 0): string[] =>
    items.flatMap(({ name, kind, children }) => [
      `${'  '.repeat(depth)}${kind}: ${name}`,
      ...lines(children, depth + 1),
    ]);

  test('blocks within blocks, and locals', () => {
    const { document } = documentAt(
      'locals {\n  a = 1\n}\njob "b" {\n  in_parallel {\n    task "t" {\n      run "exec" { path = "x" }\n    }\n  }\n  ensure {}\n}',
    );
    expect(lines(outlineOf(document.body))).toEqual([
      'other: locals',
      '  local: a',
      'job: job "b"',
      '  step: in_parallel',
      '    step: task "t"',
      '      other: run "exec"',
      '  hook: ensure',
    ]);
  });

  test('a header lies within its whole, also where the text is broken', () => {
    const { document } = documentAt('job "a" {\n  get "git" \n  task "t" {\n    run "exec" {\n');
    const check = (items: readonly OutlineItem[]): void => {
      for (const { whole, header, children } of items) {
        expect(header.from).toBeGreaterThanOrEqual(whole.from);
        expect(header.to).toBeLessThanOrEqual(whole.to);
        check(children);
      }
    };
    expect(outlineOf(document.body).length).toBe(1);
    check(outlineOf(document.body));
  });
});

describe('signature', () => {
  const cases: [source: string, signature: string | undefined, active: number][] = [
    ['locals {\n  a = replace(‸)\n}', 'replace(', 0],
    ['locals {\n  a = replace("x", ‸)\n}', 'replace(', 1],
    ['locals {\n  a = replace("x, y", [1, 2], "‸")\n}', 'replace(', 2],
    ['locals {\n  a = upper(lower(‸', 'lower(', 0],
    ['locals {\n  a = replace(lower("x"), ‸', 'replace(', 1],
    ['locals {\n  a = max(1, 2, 3, ‸)\n}', 'max(', 0],
    ['locals {\n  a = "x${replace(\n "a",\n ‸', 'replace(', 1],
    ['locals {\n  a = nothing(‸)\n}', undefined, 0],
    ['locals {\n  a = (‸)\n}', undefined, 0],
    ['locals {\n  a = upper("x")‸\n}', undefined, 0],
  ];
  test.each(cases)('%s', (source, signature, active) => {
    const { document, offset } = documentAt(source);
    const help = signatureAt(document, offset);
    if (signature === undefined) {
      expect(help).toBeUndefined();
      return;
    }
    expect(help?.signature).toStartWith(signature);
    expect(help?.active).toBe(active);
    for (const { label } of help?.parameters ?? []) expect(help?.signature).toContain(label);
  });
});

describe('folding', () => {
  const cases: [title: string, source: string][] = [
    ['blocks and brackets over several lines', 'job "a" «{\n  tags = «[\n    "x",\n  »]\n  get "git" "r" {}\n»}\n'],
    ['a heredoc', 'locals «{\n  a = «<<EOT\nx\n»EOT\n»}\n'],
    ['comments of several lines', '«# a\n# b»\n\nlocals {}\n# one line\n'],
    ['what is not closed has no end to fold to', 'job "a" {\n  tags = «[\n»]\n'],
  ];
  test.each(cases)('%s', (_, source) => {
    const { text, spans } = marked(source);
    expect(foldsOf(text).map(({ from, to }) => text.slice(from, to))).toEqual(
      spans.map(({ from, to }) => text.slice(from, to)),
    );
  });
});
