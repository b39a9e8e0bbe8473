import { expect, test } from 'bun:test';
import { linkSignals } from './linked-signal.ts';

test('aborts with the first of its sources, for its reason', () => {
  const [a, b] = [new AbortController(), new AbortController()];
  using linked = linkSignals(a.signal, b.signal);
  expect(linked.signal.aborted).toBe(false);
  b.abort('second');
  a.abort('first');
  expect(linked.signal.reason).toBe('second');
});

test('a source that has aborted already aborts it at once', () => {
  using linked = linkSignals(new AbortController().signal, AbortSignal.abort('before'));
  expect(linked.signal.reason).toBe('before');
});

test('after disposal it hears nothing more', () => {
  const source = new AbortController();
  const linked = linkSignals(source.signal);
  linked[Symbol.dispose]();
  source.abort();
  expect(linked.signal.aborted).toBe(false);
});
