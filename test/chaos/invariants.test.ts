import { expect, test } from 'bun:test';
import { brokenInvariants, type Rules } from './invariants.ts';
import { type AttemptRecord, type BuildRecord, parseMark, type Records } from './records.ts';

const RULES: Rules = {
  endings: { fails: 'failed' },
  oneAtATime: [['left', 'right']],
  everyVersion: 'each',
  pushes: ['push'],
  ensured: { hooks: [{ task: 'say', hook: 'last' }] },
  errorRetries: 2,
};

const attempt = (more: Partial<AttemptRecord> = {}): AttemptRecord => ({
  ...{ number: 1, status: 'ended', outcome: 'succeeded', worker: 'worker-0' },
  steps: [{ name: 'say', kind: 'task', status: 'succeeded', exitCode: 0 }],
  ...more,
});

const LOST = attempt({ status: 'lost', outcome: 'errored', steps: [{ name: 'say', kind: 'task', status: 'errored' }] });

const build = (more: Partial<BuildRecord> = {}): BuildRecord => ({
  ...{ id: 'b1', job: 'count', number: 1, status: 'succeeded', token: 't1', attempts: [attempt()] },
  ...more,
});

const records = (more: Partial<Records> = {}): Records => ({
  triggers: [{ token: 't1', job: 'count', answer: 'accepted' }],
  builds: [build()],
  ...{ marks: [], texts: [], sleeps: [], cancelled: new Set(), struck: new Set(), pushed: [], versions: [], left: [] },
  ...more,
});

/** One build of a job that nobody had to trigger, and what else there is. */
const ofBuild = (own: Partial<BuildRecord>, more: Partial<Records> = {}): string[] =>
  brokenInvariants(records({ triggers: [], builds: [build({ token: undefined, ...own })], ...more }), RULES);

const marks = (...lines: string[]) => lines.map(parseMark);

test('nothing is wrong with a run in which all went well', () => {
  const text = { build: 'b1', attempt: 1, name: 'say', written: 'one\ntwo\n', logged: 'one\ntwo\n' };
  expect(brokenInvariants(records({ texts: [text], marks: marks('1.00 begin b1 1 say') }), RULES)).toEqual([]);
});

test('an accepted trigger has one build, a refused one none, an unanswered one at most one', () => {
  const withBuilds = (answer: 'accepted' | 'refused' | 'unknown', count: number): string[] =>
    brokenInvariants(
      records({
        triggers: [{ token: 't1', job: 'count', answer }],
        builds: Array.from({ length: count }, (_, at) => build({ id: `b${at}`, number: at + 1 })),
      }),
      RULES,
    );
  expect(withBuilds('accepted', 0)).toEqual(['trigger t1 of count: accepted, and it has 0 builds']);
  expect(withBuilds('accepted', 2)).toEqual(['trigger t1 of count: accepted, and it has 2 builds']);
  expect(withBuilds('refused', 1)).toEqual(['trigger t1 of count: refused, and it has 1 builds']);
  expect([withBuilds('refused', 0), withBuilds('unknown', 0), withBuilds('unknown', 1)]).toEqual([[], [], []]);
  expect(withBuilds('unknown', 2)).toEqual(['trigger t1 of count: unknown, and it has 2 builds']);
  expect(brokenInvariants(records({ triggers: [] }), RULES)).toEqual([
    'count #1 comes of a trigger that nobody made: t1',
  ]);
});

test('every build ends, and every attempt of it', () => {
  expect(ofBuild({ status: 'running' })).toEqual(['count #1 has not ended: it is running']);
  expect(ofBuild({ attempts: [attempt({ status: 'running' }), attempt({ number: 2 })] })).toEqual([
    'count #1 is succeeded, and its attempt 1 running',
  ]);
});

test('a build ends as its job says, or for a reason', () => {
  expect(ofBuild({ job: 'fails', status: 'failed' })).toEqual([]);
  expect(ofBuild({ status: 'failed' })).toEqual(['count #1 is failed after 1 attempts']);
  expect(ofBuild({ status: 'failed' }, { struck: new Set(['b1']) })).toEqual([]);
  expect(ofBuild({ status: 'cancelled' })).toEqual(['count #1 is cancelled after 1 attempts']);
  expect(ofBuild({ status: 'cancelled' }, { cancelled: new Set(['b1']) })).toEqual([]);
  expect(ofBuild({ status: 'errored', attempts: [LOST] })).toEqual(['count #1 is errored after 1 attempts']);
  expect(ofBuild({ status: 'errored', attempts: [LOST, { ...LOST, number: 2 }, { ...LOST, number: 3 }] })).toEqual([]);
  const pushing = attempt({ status: 'lost', steps: [{ name: 'pushed', kind: 'put', status: 'errored' }] });
  expect(ofBuild({ job: 'push', status: 'errored', attempts: [pushing] })).toEqual([]);
  expect(ofBuild({ job: 'push', status: 'errored', attempts: [LOST] })).toEqual([
    'push #1 is errored after 1 attempts',
  ]);
});

test('numbers have no gaps', () => {
  expect(ofBuild({ number: 2 })).toEqual(['numbers of count: 2']);
});

test('the log of a step that ended is what it wrote, of one that was cut off the beginning of that', () => {
  const withText = (own: AttemptRecord, written: string, logged: string): string[] =>
    ofBuild({ attempts: [own] }, { texts: [{ build: 'b1', attempt: own.number, name: 'say', written, logged }] });
  expect(withText(attempt(), 'one\ntwo\n', 'one\n')).toEqual([
    'count #1 attempt 1 say: the log is not what the step wrote: at 4 of 8 it has "" (of 4) for "two\\n"',
  ]);
  expect(withText(LOST, 'one\ntwo\n', 'one\n').filter((text) => text.includes('log'))).toEqual([]);
  expect(withText(LOST, 'one\ntwo\n', 'one\none\n')[0]).toContain(
    'not its beginning either: at 4 of 8 it has "one\\n"',
  );
  expect(withText(LOST, 'one\n', 'one\ntwo\n')[0]).toContain('at 4 of 4 it has "two\\n" (of 8) for ""');
  const untold = { build: 'b1', attempt: 1, name: 'say', written: 'one\n', logged: undefined };
  expect(ofBuild({}, { texts: [untold] })).toEqual(['say of attempt 1 of count #1 ran, and nobody knows it']);
  const killed = { build: 'b1', attempt: 1, name: 'say', written: 'one\n', logged: 'one\nKilled\n' };
  expect(ofBuild({}, { texts: [killed] })).toHaveLength(1);
  expect(ofBuild({}, { texts: [killed], struck: new Set(['b1']) })).toEqual([]);
  const [short, struck] = [{ ...killed, written: 'one\ntwo\n', logged: 'one\n' }, new Set(['b1'])];
  const ended = (exitCode: number) => [attempt({ steps: [{ name: 'say', kind: 'task', status: 'failed', exitCode }] })];
  expect(ofBuild({ attempts: ended(0) }, { texts: [short], struck })).toHaveLength(1);
  expect(ofBuild({ attempts: ended(137) }, { texts: [short], struck })).toEqual([]);
  expect(ofBuild({ attempts: ended(137) }, { texts: [short] })).toHaveLength(1);
  const nobodys = { build: 'b9', attempt: 1, name: 'say', written: '', logged: '' };
  expect(brokenInvariants(records({ texts: [nobodys] }), RULES)).toEqual([
    'a step of build b9 ran, and nobody knows that build',
  ]);
});

const TWICE = { attempts: [LOST, attempt({ number: 2, worker: 'worker-1' })] };

test('two attempts never run at once: by what they mark, and by the times in what they write', () => {
  const after = ['1.00 begin b1 1 say', '2.00 alive b1 1 say', '2.30 begin b1 2 say', '3.00 end b1 2 say'];
  expect(ofBuild(TWICE, { marks: marks(...after) })).toEqual([]);
  const broken = 'count #1: attempts 1 (1 to 2.5) and 2 (2.3 to 3) ran at once';
  expect(ofBuild(TWICE, { marks: marks(...after, '2.50 alive b1 1 say') })).toEqual([broken]);
  const text = { build: 'b1', attempt: 1, name: 'say', written: 'say 1 at 1.10: x\nsay 2 at 2.50: x\n', logged: '' };
  expect(ofBuild(TWICE, { marks: marks(...after), texts: [text] })).toEqual([broken]);
  // Hooks and stops of an attempt that is over may still run.
  expect(ofBuild(TWICE, { marks: marks(...after, '2.50 hook b1 1 last') })).toEqual([]);
});

test('what a worker did in the moment in which it awoke does not count, what it did later does', () => {
  const lines = ['1.00 begin b1 1 say', '9.00 begin b1 2 say', '9.60 alive b1 1 say', '10.00 end b1 2 say'];
  const sleeps = [{ worker: 'worker-0', until: 9.5 }];
  expect(ofBuild(TWICE, { marks: marks(...lines), sleeps })).toEqual([]);
  expect(ofBuild(TWICE, { marks: marks(...lines), sleeps: [{ worker: 'worker-1', until: 9.5 }] })).toHaveLength(1);
  expect(ofBuild(TWICE, { marks: marks(...lines, '13.00 alive b1 1 say'), sleeps })).toHaveLength(1);
});

test('of a serial group one build runs at a time', () => {
  const builds = [
    build({ job: 'left', token: undefined }),
    build({ id: 'b2', job: 'right', token: undefined, attempts: [attempt()] }),
  ];
  const lines = ['1.00 begin b1 1 say', '2.00 end b1 1 say', '1.50 begin b2 1 say', '3.00 end b2 1 say'];
  expect(brokenInvariants(records({ triggers: [], builds, marks: marks(...lines) }), RULES)).toEqual([
    'left #1 (1 to 2) and right #1 (1.5 to 3) ran at once',
  ]);
});

test('every service that was started is stopped, and every ensure hook that was owed has run', () => {
  expect(ofBuild({}, { marks: marks('1.00 service-begin b1 1 service') })).toEqual([
    'count #1 attempt 1: its service was never stopped',
  ]);
  const stopped = marks('1.00 service-begin b1 1 service', '2.00 service-end b1 1 service');
  expect(ofBuild({}, { marks: stopped })).toEqual([]);
  const begun = '1.00 begin b1 1 say';
  expect(ofBuild({ job: 'hooks' }, { marks: marks(begun) })).toEqual(['hooks #1 attempt 1: its hook last never ran']);
  expect(ofBuild({ job: 'hooks' }, { marks: marks(begun, '2.00 hook b1 1 last') })).toEqual([]);
  expect(ofBuild({ job: 'hooks' }, { marks: marks(begun), struck: new Set(['b1']) })).toEqual([]);
});

test('every version that was pushed is known once and built once', () => {
  const each = (version: string, number: number): BuildRecord =>
    build({ id: `e${number}`, job: 'each', number, token: undefined, version });
  const withVersions = (pushed: string[], versions: string[], builds: BuildRecord[]): string[] =>
    brokenInvariants(records({ triggers: [], pushed, versions, builds }), RULES);
  expect(withVersions(['a'], ['a'], [each('a', 1)])).toEqual([]);
  expect(withVersions(['a'], [], [])).toEqual(['version a is known 0 times, and built 0 times']);
  expect(withVersions(['a'], ['a'], [each('a', 1), each('a', 2)])).toEqual([
    'version a is known 1 times, and built 2 times',
  ]);
  expect(withVersions([], ['b'], [each('b', 1)])).toEqual(['version b is one that nobody pushed']);
});

test('whatever is left is said', () => {
  expect(ofBuild({}, { left: ['process 7: sleep'] })).toEqual(['left: process 7: sleep']);
});

test('a line of the ledger that is none is an error', () => {
  expect(() => parseMark('1.00 begin b1')).toThrow('not a line of the ledger');
  expect(() => parseMark('1.00 sings b1 1 say')).toThrow('not a line of the ledger');
});
