import { describe, expect, test } from 'bun:test';
import { createMasker, MASK } from './masker.ts';
import { secretForms } from './secret-forms.ts';

/** Masks a text given in pieces. */
function mask(secrets: readonly string[], ...pieces: string[]): string {
  const masker = createMasker(secrets);
  return Buffer.concat([...pieces.map((piece) => masker.push(Buffer.from(piece))), masker.flush()]).toString();
}

/** What should come out, by trying every form at every place; slow and simple. */
function reference(secrets: readonly string[], text: string): string {
  const bytes = Buffer.from(text).toString('latin1');
  const ranges: [number, number][] = [];
  for (const { bytes: form, wrapped } of secrets.flatMap(secretForms)) {
    const escaped = [...form.toString('latin1')].map((char) =>
      char.replace(/[^A-Za-z0-9]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`),
    );
    const pattern = new RegExp(escaped.join(wrapped ? '(?:\\r?\\n)?' : ''), 'y');
    for (let at = 0; at < bytes.length; at++) {
      pattern.lastIndex = at;
      const found = pattern.exec(bytes);
      if (found !== null) ranges.push([at, at + found[0].length]);
    }
  }
  ranges.sort((a, b) => a[0] - b[0]);
  let out = '';
  let done = 0;
  for (const [from, to] of ranges) {
    if (from >= done) out += bytes.slice(done, from) + MASK;
    done = Math.max(done, to);
  }
  return Buffer.from(out + bytes.slice(done), 'latin1').toString();
}

describe('what is masked', () => {
  const cases = [
    { what: 'a secret', secrets: ['hunter2!'], text: 'password: hunter2! ok', out: 'password: *** ok' },
    { what: 'every time', secrets: ['abc'], text: 'abc.abcabc', out: '***.******' },
    { what: 'three characters', secrets: ['x1y'], text: 'ax1yb', out: 'a***b' },
    { what: 'not two characters', secrets: ['x1', ''], text: 'ax1b', out: 'ax1b' },
    { what: 'not a blank one', secrets: ['   ', '\n\n\n'], text: 'a    b\n\n\n', out: 'a    b\n\n\n' },
    { what: 'nothing without secrets', secrets: [], text: 'abc', out: 'abc' },
    {
      what: 'the longer of two with the same beginning',
      secrets: ['abcd', 'abcdefgh'],
      text: 'abcdefgh abcdef',
      out: '*** ***ef',
    },
    { what: 'one inside of another', secrets: ['cde', 'abcdefgh'], text: 'abcdefgh cde', out: '*** ***' },
    { what: 'overlapping ones as one', secrets: ['abcde', 'defgh', 'ghijk'], text: '-abcdefghijk-', out: '-***-' },
    { what: 'one overlapping itself', secrets: ['aaa'], text: 'baaaaaaab', out: 'b***b' },
    { what: 'neighbours, each', secrets: ['abcd', 'efgh'], text: 'abcdefgh', out: '******' },
    { what: 'other alphabets', secrets: ['пароль🔑'], text: 'x пароль🔑 y', out: 'x *** y' },
    { what: 'white space around it or not', secrets: ['  token-value\n'], text: '[token-value]', out: '[***]' },
    {
      what: 'lines of six characters',
      secrets: ['{\n  "key": 1\n  abc\n}\n'],
      text: '{ "key": 1 abc }',
      out: '{ *** abc }',
    },
    {
      what: 'lines however they end',
      secrets: ['first line\r\nsecond line'],
      text: 'second line\nfirst line\n',
      out: '***\n***\n',
    },
    {
      what: 'one that lines cut',
      secrets: ['Tr0ub4dor-Z9x_Q77', 'hunter2!'],
      text: '<Tr0ub\n4dor-Z9x\r\n_Q77> <hunt\ner2!>',
      out: '<***> <***>',
    },
    { what: 'not a short one that lines cut', secrets: ['secret7'], text: 'sec\nret7', out: 'sec\nret7' },
    {
      what: 'a whole key, line by line',
      secrets: ['-----BEGIN\nAAAAAAAA\nBBBBBBBB\n-----END'],
      text: '-----BEGIN\nAAAAAAAA\nBBBBBBBB\n-----END',
      out: '***',
    },
  ];
  test.each(cases)('$what', ({ secrets, text, out }) => {
    expect(mask(secrets, text)).toBe(out);
    expect(mask(secrets, ...text)).toBe(out);
    expect(reference(secrets, text)).toBe(out);
  });
});

/** Printed by the tools themselves, with the secret in `$S`. */
describe('what tools make of it', () => {
  const secrets = [
    'p@ss w0rd/"it\'s" $HOME!',
    'correct-horse-battery-staple-0123456789-correct-horse-battery-staple',
    'пароль+ü/5',
  ];
  const commands = [
    { tool: 'base64', run: 'printf %s "$S" | base64' },
    { tool: 'base64 after one byte', run: 'printf x%s "$S" | base64' },
    { tool: 'base64 after two bytes', run: 'printf xy%sz "$S" | base64' },
    {
      tool: 'base64 in lines of 64',
      run: '(head -c 31 /dev/zero; printf %s "$S"; head -c 99 /dev/zero) | base64 -w 64',
    },
    {
      tool: 'base64 in lines of 76',
      run: '(head -c 50 /dev/zero; printf %s "$S"; head -c 9 /dev/zero) | base64 -w 76',
    },
    {
      tool: 'base64 in lines of 76, CR LF',
      run: '(head -c 49 /dev/zero; printf %s "$S"; head -c 9 /dev/zero) | base64 -w 76 | sed "s/$/\\r/"',
    },
    { tool: 'base64url', run: 'printf %s "$S" | base64 -w 0 | tr +/ -_' },
    { tool: 'xxd', run: 'printf %s "$S" | od -An -v -tx1 | tr -d " \\n"' },
    {
      tool: 'hex in lines of 60',
      run: '(head -c 17 /dev/zero; printf %s "$S") | od -An -v -tx1 | tr -d " \\n" | fold -w 60',
    },
    { tool: 'sh -x', run: 'sh -xc ": \\"$1\\"" 2>&1', sh: `set -x; : "$S"` },
    { tool: 'bash -x', run: '', bash: `set -x; : "$S"` },
    { tool: 'printf %q', run: '', bash: `printf '%q\\n' "$S"` },
    { tool: 'bash @Q', run: '', bash: `echo "\${S@Q}"` },
    { tool: 'python json', run: 'python3 -c "import json,os; print(json.dumps(os.environ[\'S\']))"' },
    {
      tool: 'python quote',
      run: "python3 -c \"import urllib.parse as u,os; s=os.environ['S']; print(u.quote(s), u.quote_plus(s), u.quote(s, safe=''))\"",
    },
    { tool: 'python shlex', run: 'python3 -c "import shlex,os; print(shlex.quote(os.environ[\'S\']))"' },
  ];
  const runs = commands.flatMap((command) => secrets.map((secret) => ({ ...command, secret })));
  test.each(runs)('$tool: $secret', ({ run, sh, bash, secret }) => {
    const argv =
      bash !== undefined
        ? ['bash', '-c', `exec 2>&1; ${bash}`]
        : ['sh', '-c', sh === undefined ? run : `exec 2>&1; ${sh}`];
    const env = { ...process.env, S: secret, LC_ALL: 'C.UTF-8' };
    const text = Buffer.from(Bun.spawnSync(argv, { env }).stdout).toString();
    const out = mask([secret], text);
    expect(text.length).toBeGreaterThan(secret.length);
    expect(out).toContain(MASK);
    expect(remains(secret, out)).toEqual([]);
    expect(mask([secret], ...text)).toBe(out);
    expect(out).toBe(reference([secret], text));
  });

  /** Five characters in a row of a form that still stand there. */
  function remains(secret: string, out: string): string[] {
    const forms = secretForms(secret)
      .filter((form) => form.bytes.length >= 5)
      .map((form) => form.bytes.toString());
    return forms
      .flatMap((form) => Array.from({ length: form.length - 4 }, (_, at) => form.slice(at, at + 5)))
      .filter((piece) => out.includes(piece));
  }
});

describe('chunks', () => {
  test('only what may become a secret is held back, until it is disproved or the end', () => {
    const masker = createMasker(['secret-value']);
    const push = (text: string): string => Buffer.from(masker.push(Buffer.from(text))).toString();
    expect(push('the ')).toBe('the ');
    expect(push('sec')).toBe('');
    expect(push('ond ')).toBe('second ');
    expect(push('secret-')).toBe('');
    expect(push('value!')).toBe('***!');
    expect(push('secret-valu')).toBe('');
    expect(Buffer.from(masker.flush()).toString()).toBe('secret-valu');
    expect(push('e')).toBe('e');
  });

  test('a line that could go on as a secret leaves after a silence, and should it go on, its rest is masked', () => {
    const masker = createMasker(['first line\na second line']);
    const said = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
    const push = (text: string): string => said(masker.push(Buffer.from(text)));
    expect([push('x fi'), said(masker.settle())]).toEqual(['x ', '']);
    expect(push('rst!\n')).toBe('first!\n');
    const wrapped = Buffer.from('first line\na second line').toString('base64');
    const [begin, rest] = [`at ${wrapped.slice(0, 4)}\n`, wrapped.slice(4)];
    expect([push(begin), said(masker.settle()), said(masker.settle())]).toEqual(['at ', begin.slice(3), '']);
    expect(push(`${rest} end\n`)).toBe('*** end\n');
    expect([push(begin), said(masker.settle()), push('no\n'), said(masker.flush())]).toEqual([
      'at ',
      begin.slice(3),
      'no\n',
      '',
    ]);
  });

  test('a mask leaves when the range begins, and is continued silently', () => {
    const masker = createMasker(['aaa']);
    const out = Array.from({ length: 100_000 }, () => masker.push(Buffer.from('aa')).length).reduce(
      (sum, n) => sum + n,
    );
    expect(out).toBe(MASK.length);
    expect(Buffer.from(masker.flush()).toString()).toBe('');
  });

  test('what leaves does not share memory with the next', () => {
    const masker = createMasker(['secret-value']);
    const chunk = Buffer.from('x secret');
    masker.push(chunk);
    chunk.fill(0);
    expect(Buffer.from(masker.push(Buffer.from('!'))).toString()).toBe('secret!');
  });

  test('bytes that are no text pass unchanged', () => {
    const bytes = Buffer.from(Array.from({ length: 1024 }, (_, at) => (at * 7) & 255));
    const masker = createMasker(['secret-value', 'пароль']);
    expect(Buffer.concat([masker.push(bytes), masker.flush()])).toEqual(bytes);
  });
});

describe('secrets that come later, and other streams', () => {
  test('are masked from the next chunk on, in all of them', () => {
    const stdout = createMasker([]);
    const stderr = stdout.another();
    const text = Buffer.from('token-1234 ');
    expect(Buffer.from(stdout.push(text)).toString()).toBe('token-1234 ');
    expect(stderr.add('token-1234')).toBeUndefined();
    expect(Buffer.from(stdout.push(text)).toString()).toBe('*** ');
    expect(Buffer.from(stderr.push(text)).toString()).toBe('*** ');
    expect(stderr.maskText('cannot use token-1234')).toBe('cannot use ***');
  });

  test('streams do not mix what they hold', () => {
    const stdout = createMasker(['secret-value']);
    const stderr = stdout.another();
    expect(
      [stdout.push(Buffer.from('secret-')), stderr.push(Buffer.from('value'))].map((part) =>
        Buffer.from(part).toString(),
      ),
    ).toEqual(['', 'value']);
  });

  test('one that is too short is warned of without being told', () => {
    const masker = createMasker(['ab', 'long enough', '']);
    expect(masker.warnings).toHaveLength(1);
    expect(masker.add('zq')).toContain('not masked');
    expect(masker.add('zq')).not.toContain('zq');
    expect(masker.add('')).toBeUndefined();
  });
});

/** Small numbers from a seed, so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  return (below) => {
    seed = (Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0;
    return ((seed ^ (seed >>> 12)) >>> 0) % below;
  };
}

test.each(Array.from({ length: 60 }, (_, seed) => seed + 1))(
  'however it is cut, the output is that of the whole: seed %d',
  (seed) => {
    const next = random(seed * 7919);
    const word = (alphabet: string, length: number): string =>
      Array.from({ length }, () => alphabet[next(alphabet.length)]).join('');
    const alphabet = ['ab', 'abc', "a'b\\", 'aä"/', 'ab+ \n'][next(5)] ?? 'ab';
    const secrets = Array.from({ length: 1 + next(4) }, () => word(alphabet, 3 + next(next(3) === 0 ? 40 : 8)));
    const forms = secrets.flatMap(secretForms);
    const piece = (): string => {
      const form = forms[next(forms.length)]?.bytes.toString() ?? '';
      const cut = form.slice(next(3) === 0 ? next(form.length) : 0, next(3) === 0 ? next(form.length) : undefined);
      if (next(3) !== 0) return next(2) === 0 ? cut : word(`${alphabet}\n`, next(6));
      const at = next(cut.length + 1);
      return cut.slice(0, at) + (next(2) === 0 ? '\n' : '\r\n') + cut.slice(at);
    };
    const text = Array.from({ length: 40 }, piece).join('');
    const whole = mask(secrets, text);
    expect(whole).toBe(reference(secrets, text));

    const bytes = Buffer.from(text);
    for (const most of [1, 2, 7, 30]) {
      const masker = createMasker(secrets);
      const out: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; ) {
        const length = 1 + next(most);
        out.push(masker.push(bytes.subarray(at, at + length)));
        at += length;
      }
      out.push(masker.flush());
      expect(Buffer.concat(out).toString()).toBe(whole);
    }
  },
);

test('ten thousand secrets, some with the same beginning, are all found', () => {
  const next = random(42);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  const word = (length: number): string => Array.from({ length }, () => letters[next(62)]).join('');
  const secrets = Array.from({ length: 10_000 }, (_, n) => (n % 10 !== 0 ? word(24) : `https://user:${word(16)}@host`));
  const masker = createMasker(secrets);
  const text = secrets
    .map((secret, n) => `${n} ${n % 3 === 0 ? Buffer.from(secret).toString('base64') : secret}\n`)
    .join('');
  const out = Buffer.concat([masker.push(Buffer.from(text)), masker.flush()]).toString();
  // Of a base64 text the padding, and what holds a few bits only, is not the secret.
  expect(out.split('\n').filter((line) => !/^\d+ \*{3}[A-Za-z0-9]?=*$/.test(line))).toEqual(['']);
}, 60_000);
