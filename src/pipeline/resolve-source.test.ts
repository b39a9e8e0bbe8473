import { describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { messagesOf as allMessagesOf, type LoadTextOptions, loadText } from './load-fixture.ts';
import { type LockEntry, writeLock } from './lock-file.ts';
import type { SourceLoader } from './source.ts';

const RUNNER = 'runner_type "mine" {\n  run {\n    path = "sh"\n    args = ["-c", "$cmd"]\n  }\n}\n';
const ADDRESS = 'https://example.org/mine.hcl';
const sum = (text: string): string => createHash('sha256').update(text).digest('hex');
const use = (source: string, sha256?: string) =>
  `runner_type "mine" {\n  source = "${source}"\n${sha256 === undefined ? '' : `  sha256 = "${sha256}"\n`}}\n`;

/** Nothing here is of the types that are fetched, or there is nothing at all: not what these tests are about. */
const messagesOf = async (text: string, options?: LoadTextOptions): Promise<string[]> =>
  (await allMessagesOf(text, options)).filter((message) => !/ (unused-type|empty-pipeline)$/.test(message));

/** A web that holds these texts, and remembers what it was asked for. */
function web(
  texts: Readonly<Record<string, string>>,
): SourceLoader & { asked: string[]; pins: (string | undefined)[] } {
  const asked: string[] = [];
  const pins: (string | undefined)[] = [];
  return {
    asked,
    pins,
    fetch: async (url, pinned) => {
      asked.push(url);
      pins.push(pinned);
      const text = texts[url];
      return text === undefined
        ? { kind: 'problem', code: 'source_not_found', message: `${url} answered 404.`, hint: 'Look.' }
        : { kind: 'text', text };
    },
  };
}

const entry: LockEntry = {
  kind: 'runner_type',
  address: ADDRESS,
  sha256: sum(RUNNER),
  size: RUNNER.length,
  lockedAt: '2026-01-02T03:04:05Z',
};
const locked = (...entries: LockEntry[]) => ({ 'p.lock.hcl': writeLock('p.hcl', entries) });

describe('with a lock file', () => {
  test('the text that is locked is asked for by its sum, and used', async () => {
    const sources = web({ [ADDRESS]: RUNNER });
    const { pipeline, diagnostics, usedSources } = await loadText(use(ADDRESS), { sources, files: locked(entry) });
    expect(diagnostics.map(({ code }) => code)).toEqual(['unused-type']);
    expect(Object.keys(pipeline?.types.runners ?? {})).toEqual(['mine']);
    expect(sources.pins).toEqual([sum(RUNNER)]);
    expect(usedSources).toEqual([
      { kind: 'runner_type', address: ADDRESS, sha256: sum(RUNNER), size: RUNNER.length, builtin: false },
    ]);
  });

  test('another text is refused; the message has both sums and the way out', async () => {
    const sources = web({ [ADDRESS]: `${RUNNER}# changed` });
    const { diagnostics, usedSources } = await loadText(use(ADDRESS), { sources, files: locked(entry) });
    const [{ code, detail, subject } = { code: '', detail: '' }] = diagnostics;
    expect([diagnostics.length, code, subject?.start.line]).toEqual([1, 'lock-mismatch', 2]);
    for (const part of [
      sum(RUNNER),
      sum(`${RUNNER}# changed`),
      '2026-01-02',
      `pikoci lock --update ${ADDRESS} p.hcl`,
    ]) {
      expect(detail).toContain(part);
    }
    expect(usedSources).toEqual([]);
  });

  const table: [string, string, LockEntry[], LoadTextOptions, string[], number][] = [
    ['what is not in it is not fetched', use(ADDRESS), [], {}, ['2 not-locked'], 0],
    ['but is when the lock is about to get it', use(ADDRESS), [], { lock: 'extend' }, [], 1],
    ['nor asked for when sha256 and lock disagree', use(ADDRESS, sum('x')), [entry], {}, ['3 lock-disagrees'], 0],
    ['sha256 and lock may agree', use(ADDRESS, sum(RUNNER).toUpperCase()), [entry], {}, [], 1],
    ['sha256 alone is enough', use(ADDRESS, `sha256:${sum(RUNNER)}`), [], {}, [], 1],
    ['an entry of another kind is none', use(ADDRESS), [{ ...entry, kind: 'resource_type' }], {}, ['2 not-locked'], 0],
    ['an entry of a built-in is none', use(ADDRESS), [{ ...entry, pikoci: '1' }], {}, ['2 not-locked'], 0],
    ['an entry nobody uses does no harm', '', [entry], {}, [], 0],
    ['files beside the pipeline are not in it', use('./m.hcl'), [], { files: { 'm.hcl': RUNNER } }, [], 0],
    ['nor do built-ins have to be', use('pikoci://shell'), [], {}, [], 0],
    [
      'a built-in may be another in each version of pikoci',
      use('pikoci://shell'),
      [{ ...entry, address: 'pikoci://shell', pikoci: '0.0.9' }],
      {},
      [],
      0,
    ],
    [
      'but not what was locked as one from elsewhere',
      use('pikoci://shell'),
      [{ ...entry, address: 'pikoci://shell' }],
      {},
      ['2 lock-mismatch'],
      0,
    ],
  ];
  test.each(table)('%s', async (_, text, entries, options, said, asked) => {
    const sources = web({ [ADDRESS]: RUNNER });
    const files = { ...options.files, ...locked(...entries) };
    expect(await messagesOf(text, { sources, ...options, files })).toEqual(said);
    expect(sources.asked.length).toBe(asked);
  });

  test('a broken one is shown with its own text', async () => {
    const sources = web({ [ADDRESS]: RUNNER });
    const files = { 'p.lock.hcl': 'format = 3\n' };
    const { diagnostics, pipeline, sources: texts } = await loadText(use(ADDRESS), { sources, files });
    expect(pipeline).toBeUndefined();
    expect(diagnostics.map(({ code, subject }) => [code, subject?.file])).toEqual([['broken-lock', 'p.lock.hcl']]);
    expect(texts.get('p.lock.hcl')).toBe('format = 3\n');
  });
});

test('there is an end to it', async () => {
  const sources = web({});
  const text = Array.from({ length: 103 }, (_, at) => use(`https://x/${at}`).replace('mine', `mine${at}`)).join('');
  const said = await messagesOf(text, { sources });
  expect(said.filter((one) => one.endsWith('too-many-sources')).length).toBe(3);
  expect(sources.asked.length).toBe(100);
});

test('sources are fetched at once, and each address once', async () => {
  const waiting: (() => void)[] = [];
  const sources: SourceLoader = {
    fetch: (url) =>
      new Promise((done) => {
        waiting.push(() => done({ kind: 'text', text: RUNNER.replace('mine', url.slice(-1)) }));
        if (waiting.length === 2) for (const answer of waiting) answer();
      }),
  };
  const one = (name: string, url: string) => use(url).replace('mine', name);
  const text = one('a', 'https://x/a') + one('b', 'https://x/b') + one('c', 'https://x/a');
  const { pipeline, usedSources } = await loadText(text, { sources });
  expect(Object.keys(pipeline?.types.runners ?? {})).toEqual(['a', 'b', 'c']);
  expect(usedSources.map(({ address }) => address).sort()).toEqual(['https://x/a', 'https://x/b']);
  expect(waiting.length).toBe(2);
});

describe('a registry', () => {
  const registryUrl = 'https://registry.example/types/';
  const at = 'https://registry.example/types/runner_types/mine.hcl';
  const nix = use('pikoci://mine');

  test('has what is not built in', async () => {
    const sources = web({ [at]: RUNNER });
    const { pipeline, usedSources } = await loadText(nix, { sources, registryUrl });
    expect(pipeline?.types.runners.mine?.builtin).toBe(false);
    expect(sources.asked).toEqual([at]);
    expect(usedSources).toMatchObject([{ address: 'pikoci://mine', builtin: false }]);
  });

  test('what comes from it is locked as anything from elsewhere', async () => {
    const options = { registryUrl, sources: web({ [at]: RUNNER }) };
    const held = { ...entry, address: 'pikoci://mine' };
    expect(await messagesOf(nix, { ...options, files: locked(held) })).toEqual([]);
    expect(await messagesOf(nix, { ...options, files: locked({ ...held, sha256: sum('x') }) })).toEqual([
      '2 lock-mismatch',
    ]);
    expect(await messagesOf(nix, { ...options, files: locked() })).toEqual(['2 not-locked']);
  });

  test.each([
    ['nothing there', nix, {}, ['2 unknown-builtin']],
    ['a slip', use('pikoci://shel'), {}, ['2 unknown-builtin (pikoci://shell)']],
    ['another name in it', nix, { [at]: RUNNER.replace('mine', 'yours') }, ['2 wrong-source']],
    ['a built-in is not looked for', use('pikoci://shell'), {}, []],
    ['a name that is a path', use('pikoci://../../x'), {}, ['2 unknown-builtin']],
    ['no name', use('pikoci://'), {}, ['2 unknown-builtin']],
  ])('%s', async (_, text, texts, said) => {
    expect(await messagesOf(text, { registryUrl, sources: web(texts) })).toEqual(said);
  });

  test('without one, the message says what would be needed', async () => {
    const { diagnostics } = await loadText(nix);
    expect(diagnostics.map(({ detail }) => detail).join()).toContain('--registry-url');
  });
});

describe('a text that is not what it should be', () => {
  const say = async (text: string) => {
    const { diagnostics } = await loadText(use(ADDRESS), { sources: web({ [ADDRESS]: text }) });
    return diagnostics.map(({ code, detail, subject }) => ({
      code,
      detail,
      at: `${subject?.file}:${subject?.start.line}`,
    }));
  };

  test('of another kind: it says which, and what would take it', async () => {
    const detail = `${ADDRESS} must hold one "runner_type" block and nothing else; it has the block resource_type "git". What uses it is a block resource_type "…" { source = … }.`;
    expect(await say('resource_type "git" {}')).toEqual([{ code: 'wrong-source', detail, at: 'p.hcl:2' }]);
  });

  test('of many blocks: some of them are named', async () => {
    const [only] = await say(`a = 1\n${'job "x" {}\n'.repeat(20)}`);
    expect(only?.detail).toContain('it has the attribute "a", the block job "x", the block job "x"');
    expect(only?.detail).toContain('16 more');
  });

  test.each([
    ['nothing', '', 'wrong-source', 'p.hcl:2'],
    [
      'mistakes of its own',
      `# ours\nrunner_type "x" {\n  run {\n    path = \n  }\n}`,
      'missing-expression',
      `${ADDRESS}:4`,
    ],
    ['no name', 'runner_type {\n  run { path = "x" }\n}', 'wrong-labels', `${ADDRESS}:1`],
  ])('%s: one message, where it is wrong', async (_, text, code, at) => {
    expect(await say(text)).toMatchObject([{ code, at }]);
  });
});
