import { expect, test } from 'bun:test';
import { execFileSync } from 'node:child_process';
import { inShell, needsBash, shellQuoted } from './shell-text.ts';

test.each(['', 'plain', "it's", '$(id) `id` $HOME', 'a\nb', '; false', '"', '\\', '-n', '*', "'\\''", '!x', '~'])(
  '%j is one word of a shell, as it is',
  (text) => {
    const script = `printf '%s|' ${shellQuoted(text)} end`;
    expect(execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' })).toBe(`${text}|end|`);
    const nested = inShell('/bin/sh -ec', script);
    expect(execFileSync('/bin/sh', ['-c', String(nested)], { encoding: 'utf8' })).toBe(`${text}|end|`);
  },
);

test('which scripts only bash understands', () => {
  for (const script of ['[[ -f x ]]', 'set -o pipefail', 'a=(1 2)', 'source x', 'echo ${a//x/y}', 'diff <(a) <(b)']) {
    expect([script, needsBash(script)]).toEqual([script, true]);
  }
  for (const script of ['[ -f x ]', 'make test', 'echo $A ${A:-x} $((1 + 2))', '. ./env', 'a | b && c']) {
    expect([script, needsBash(script)]).toEqual([script, false]);
  }
});
