import { describe, expect, test } from 'bun:test';
import { firstError } from './first-error.ts';
import { cutSpans, findLinks, MAX_DRAWN, parseLine, plainText, styleAfter } from './line-text.ts';
import { LogModel } from './log-model.ts';
import { findMatches, MAX_MATCHES } from './search.ts';
import { applySgr, cssColour, cssOf, PLAIN, type SgrStyle } from './sgr.ts';
import { breaksOf, rowsOf, wrapSpans } from './wrap.ts';

const E = '\u001b';
const palette = (index: number) => ({ kind: 'palette', index }) as const;
const rgb = (red: number, green: number, blue: number) => ({ kind: 'rgb', red, green, blue }) as const;

describe('applySgr', () => {
  const cases: [params: string, after: object][] = [
    ['', {}],
    ['0', {}],
    ['1;31', { bold: true, ink: palette(1) }],
    ['97;104', { ink: palette(15), ground: palette(12) }],
    ['38;5;208', { ink: palette(208) }],
    ['48;2;1;2;3;1', { ground: rgb(1, 2, 3), bold: true }],
    ['38:5:9', { ink: palette(9) }],
    ['38:2:1:2:3', { ink: rgb(1, 2, 3) }],
    ['38:2::1:2:3', { ink: rgb(1, 2, 3) }],
    ['38;5', {}],
    ['38;2;300;0;0;4', { underline: true }],
    ['4:3', { underline: true }],
    ['4;4:0', {}],
    ['31;0;32', { ink: palette(2) }],
    ['31;39;41;49', {}],
    ['1;2;3;4;7;9;22;23;24;27;29', {}],
    ['5;8;10;53', {}],
    [';;1', { bold: true }],
  ];
  for (const [params, after] of cases)
    test(JSON.stringify(params), () => expect(applySgr(PLAIN, params)).toEqual(after));
});

describe('cssOf', () => {
  const ink = (style: SgrStyle) => cssOf(style)?.color;
  test.each<[string, SgrStyle, string | undefined]>([
    ['its own ink', { ink: palette(1), ground: palette(2) }, 'var(--ansi-1)'],
    ['a ground without an ink gets one that can be read', { ground: palette(1) }, 'var(--log)'],
    ['black is dark in both themes', { ground: palette(0) }, '#fff'],
    ['a light ground', { ground: rgb(250, 250, 200) }, '#000'],
    ['a dark ground', { ground: palette(17) }, '#fff'],
    ['dim text is quiet', { dim: true }, 'var(--quiet)'],
    ['dim keeps a colour', { dim: true, ink: palette(3) }, 'var(--ansi-3)'],
  ])('%s', (_name, style, colour) => expect(ink(style)).toBe(colour));
});

test('colours as CSS', () => {
  expect([0, 15, 16, 21, 196, 231, 232, 255].map((index) => cssColour(palette(index)))).toEqual([
    'var(--ansi-0)',
    'var(--ansi-15)',
    'rgb(0 0 0)',
    'rgb(0 0 255)',
    'rgb(255 0 0)',
    'rgb(255 255 255)',
    'rgb(8 8 8)',
    'rgb(238 238 238)',
  ]);
  expect(cssOf(PLAIN)).toBeUndefined();
  expect(cssOf({ inverse: true, ink: palette(1) })).toEqual({ color: 'var(--log)', backgroundColor: 'var(--ansi-1)' });
});

describe('parseLine', () => {
  const cases: [name: string, raw: string, shown: string[]][] = [
    ['plain', 'hello', ['hello']],
    ['empty', '', []],
    ['colour', `a${E}[31mb${E}[0mc`, ['a', 'b', 'c']],
    ['windows line', 'hello\r', ['hello']],
    ['progress bar', '10%\r50%\r100%', ['100%']],
    ['progress bar, ended', '10%\r100%\r', ['100%']],
    ['progress bar keeps its colour', `${E}[32m10%\r20%`, ['20%']],
    ['erase in line, cursor', `${E}[2K${E}[1Gok${E}[?25h`, ['ok']],
    ['title', `${E}]0;pwned\u0007ok`, ['ok']],
    ['title, ended by ST', `${E}]0;pwned${E}\\ok`, ['ok']],
    ['title without an end', `ok${E}]0;pwned`, ['ok']],
    ['hyperlink loses its address, keeps its text', `${E}]8;;javascript:alert(1)${E}\\here${E}]8;;${E}\\`, ['here']],
    ['device string', `${E}P1$r0m${E}\\ok`, ['ok']],
    ['device query', `${E}[6nok${E}[cok`, ['okok']],
    ['charset', `${E}(Bok`, ['ok']],
    ['escape at the end', `ok${E}`, ['ok']],
    ['csi at the end', `ok${E}[3`, ['ok']],
    ['private m', `${E}[>4;2mok${E}[?1m`, ['ok']],
    ['escape in the middle of a sequence', `${E}[3${E}[31mred`, ['red']],
    ['control bytes are shown', 'a\u0000b\u0008c\u007f', ['a␀b␈c␡']],
    ['C1', 'a\u009b31mb', ['a\\x9b31mb']],
    ['turned text', 'a\u202eb\u2066', ['a\\u202eb\\u2066']],
    ['tab stays', 'a\tb', ['a\tb']],
    ['markup is text', '<img src=x onerror=alert(1)>', ['<img src=x onerror=alert(1)>']],
  ];
  for (const [name, raw, shown] of cases) {
    test(name, () => {
      const { spans } = parseLine(raw);
      expect(spans.map((span) => span.text)).toEqual(shown);
      expect(plainText(raw)).toBe(shown.join(''));
    });
  }

  test('the style before it holds, and the one behind it goes on', () => {
    expect(parseLine('a', { bold: true }).spans).toEqual([{ text: 'a', style: { bold: true } }]);
    expect(styleAfter(`${E}[31m10%\r${E}[1m20%`, PLAIN)).toEqual({ ink: palette(1), bold: true });
    expect(parseLine(`${E}[31m10%\r20%`).spans[0]?.style).toEqual({ ink: palette(1) });
  });

  test('a line of a megabyte is drawn in part', () => {
    const { spans, cut } = parseLine('x'.repeat(1_048_576));
    expect(spans[0]?.text).toHaveLength(MAX_DRAWN);
    expect(cut).toBe(1_048_576 - MAX_DRAWN);
  });
});

describe('findLinks', () => {
  const cases: [text: string, hrefs: string[]][] = [
    ['see https://example.com/a?b=c#d.', ['https://example.com/a?b=c#d']],
    ['(http://localhost:8080/x)', ['http://localhost:8080/x']],
    ['https://en.wikipedia.org/wiki/A_(b), and', ['https://en.wikipedia.org/wiki/A_(b)']],
    ['"https://a.example/"\'https://b.example/\'', ['https://a.example/', 'https://b.example/']],
    ['[https://a.example].', ['https://a.example']],
    ['javascript:alert(1) ftp://x data:text/html,x file:///etc/passwd', []],
    ['xhttps://a.example', []],
    ['https:// http:///x https://[', []],
    ['HTTPS://A.EXAMPLE', []],
  ];
  for (const [text, hrefs] of cases) test(text, () => expect(findLinks(text).map((link) => link.href)).toEqual(hrefs));

  test('an address may change its colour on the way', () => {
    const { spans } = parseLine(`go ${E}[34mhttps://${E}[1ma.example${E}[0m now`);
    expect(spans.map((span) => [span.text, span.href])).toEqual([
      ['go ', undefined],
      ['https://', 'https://a.example'],
      ['a.example', 'https://a.example'],
      [' now', undefined],
    ]);
  });
});

test('cutSpans', () => {
  const spans = [
    { text: 'abc', style: PLAIN },
    { text: 'def', style: { bold: true } as const },
  ];
  const pieces = cutSpans(spans, [
    { start: 1, end: 4 },
    { start: 5, end: 6 },
  ]);
  expect(pieces.map(({ span, range }) => [span.text, range])).toEqual([
    ['a', -1],
    ['bc', 0],
    ['d', 0],
    ['e', -1],
    ['f', 1],
  ]);
});

describe('LogModel', () => {
  const linesOf = (log: LogModel): string[] => Array.from({ length: log.length }, (_, i) => log.text(i));

  const cases: [name: string, pieces: string[], lines: string[]][] = [
    ['nothing', [], []],
    ['a line', ['a\n'], ['a']],
    ['a line that is being written', ['a\nb'], ['a', 'b']],
    ['cut anywhere', ['a', 'b\nc', '\n', '\nd'], ['ab', 'c', '', 'd']],
    ['a carriage return and its line feed apart', ['a\r', '\nb'], ['a', 'b']],
    ['a bar', ['10%', '\r20%', '\r30%'], ['30%']],
    ['an escape cut in two', [`${E}[3`, '1mred\n'], ['red']],
  ];
  for (const [name, pieces, lines] of cases) {
    test(name, () => {
      const log = new LogModel();
      for (const piece of pieces) log.append(piece, 1);
      expect(linesOf(log)).toEqual(lines);
    });
  }

  test('colour goes on over lines', () => {
    const log = new LogModel();
    log.append(`${E}[31mred\nstill\n${E}[0mplain`, 0);
    expect([0, 1, 2].map((i) => log.parsed(i).spans[0]?.style)).toEqual([{ ink: palette(1) }, { ink: palette(1) }, {}]);
  });

  test('a bar that never ends its line stays small', () => {
    const log = new LogModel();
    log.append(`${E}[32m`, 0);
    for (let i = 0; i < 10_000; i++) log.append(`\rstep ${i} ${'.'.repeat(100)}`, 0);
    expect(log.raw(0).length).toBeLessThan(5_000);
    expect(log.text(0)).toStartWith('step 9999 ');
    expect(log.parsed(0).spans[0]?.style).toEqual({ ink: palette(2) });
  });

  test('a line has the time of its first byte', () => {
    const log = new LogModel();
    log.append('a', 5);
    log.append('b\nc', 7);
    expect([log.timeOf(0), log.timeOf(1)]).toEqual([5, 7]);
  });

  test('what was left out comes back in front, in any pieces', () => {
    const whole = Array.from({ length: 100 }, (_, i) => (i === 20 ? `${E}[31mline ${i}` : `line ${i}`)).join('\n');
    const at = whole.indexOf('line 60');
    const log = new LogModel();
    log.append('gone\n', 0);
    log.skipTo(at, 60);
    log.append(whole.slice(at), 9);
    expect([log.firstLine, log.length]).toEqual([60, 40]);
    expect(log.parsed(0).spans[0]?.style).toEqual({});
    const half = whole.indexOf('line 30');
    expect(log.prepend(whole.slice(half, at), half)).toBe(30);
    expect([log.firstLine, log.length, log.startOffset]).toEqual([30, 70, half]);
    log.prepend(whole.slice(0, half), 0);
    expect(linesOf(log)).toEqual(whole.replace(`${E}[31m`, '').split('\n'));
    expect([log.firstLine, log.startOffset]).toEqual([0, 0]);
    expect(log.parsed(99).spans[0]?.style).toEqual({ ink: palette(1) });
  });

  test('the range may begin in the middle of a line', () => {
    const log = new LogModel();
    log.skipTo(3, 0);
    log.append('def\nx', 0);
    expect(log.prepend('abc', 0)).toBe(0);
    expect(linesOf(log)).toEqual(['abcdef', 'x']);
  });

  test('a log without end lets go of its oldest lines, and they can be had again', () => {
    const log = new LogModel(100_000);
    let whole = '';
    for (let i = 0; i < 2_000; i++) {
      const piece = Array.from({ length: 10 }, (_, k) => `é line ${i * 10 + k}\n`).join('');
      log.append(piece, i, Buffer.byteLength(whole));
      whole += piece;
    }
    expect(log.firstLine).toBeGreaterThan(10_000);
    expect(log.firstLine + log.length).toBe(20_000);
    expect(log.text(0)).toBe(`é line ${log.firstLine}`);
    expect(log.timeOf(0)).toBe(Math.floor(log.firstLine / 10));
    const bytes = Buffer.from(whole);
    expect(bytes.subarray(log.startOffset).toString()).toStartWith(`é line ${log.firstLine}\n`);
    log.prepend(bytes.subarray(0, log.startOffset).toString(), 0);
    expect([log.firstLine, log.length, log.text(0)]).toEqual([0, 20_000, 'é line 0']);
  });

  test('a hundred thousand lines are taken and searched', () => {
    const log = new LogModel();
    for (let i = 0; i < 1_000; i++) log.append(`${E}[32m ok ${E}[0m test ${i}\n`.repeat(100), i);
    expect(log.length).toBe(100_000);
    expect(findMatches(log, 'test 999')).toHaveLength(100);
  });
});

describe('findMatches', () => {
  const log = (...lines: string[]) => ({ length: lines.length, text: (i: number) => lines[i] ?? '' });
  test.each([
    ['small letters find all', 'error', ['Error and ERROR', 'error'], [0, 0, 1]],
    ['a capital is meant', 'Error', ['Error and ERROR', 'error'], [0]],
    ['nothing', '', ['a'], []],
    ['no overlap', 'aa', ['aaaa'], [0, 0]],
    ['a letter that grows in small', 'x', ['İİx'], [0]],
  ])('%s', (_name, query, lines, found) => {
    expect(findMatches(log(...lines), query).map((match) => match.line)).toEqual(found);
  });

  test('stops', () => {
    expect(findMatches(log('a'.repeat(MAX_DRAWN)), 'a')).toHaveLength(MAX_MATCHES);
  });
});

describe('wrap', () => {
  test.each([
    ['', 4, []],
    ['abcd', 4, []],
    ['abcdefghi', 4, [4, 8]],
    ['日本語', 4, [2]],
    ['a日本', 4, [2]],
    ['e\u0301e\u0301e\u0301e\u0301e', 4, [8]],
    ['👍👍👍', 4, [4]],
  ])('%s in %d', (text, columns, breaks) => {
    expect(breaksOf(text, columns)).toEqual(breaks);
    expect(rowsOf(text, columns)).toBe(breaks.length + 1);
  });

  test('spans are cut where rows end, tabs reach their stops', () => {
    const bold = { bold: true } as const;
    const rows = wrapSpans(
      [
        { text: 'a\tb', style: PLAIN },
        { text: 'cdef', style: bold },
      ],
      10,
    );
    expect(rows.map((row) => row.map((span) => span.text))).toEqual([['a       b', 'c'], ['def']]);
    expect(rowsOf('a\tbcdef', 10)).toBe(2);
    expect(wrapSpans([], 10)).toEqual([[]]);
  });
});

describe('firstError', () => {
  const log = (...lines: string[]) => ({ length: lines.length, text: (i: number) => lines[i] ?? '' });
  test.each([
    ['nothing', [], undefined],
    ['no such line: the end', ['a', 'b'], undefined],
    ['a compiler', ['ok', "src/a.ts(1,2): error TS2304: Cannot find name 'x'.", 'more'], 1],
    ['an exception', ['ok', 'TypeError: x is not a function'], 1],
    ['rust', ['error[E0425]: cannot find value'], 0],
    ['go', ['=== RUN TestA', '--- FAIL: TestA (0.00s)'], 1],
    ['a summary that is fine', ['12 passed, 0 failed', 'no errors'], undefined],
    ['our own line about reports', ['tests: 60 passed, 2 failed'], undefined],
    ['an option', ['run --fail-fast', 'sh: foo: command not found'], 1],
    ['a name', ['compiling error_handler.c', 'test_error_on_close ok'], undefined],
  ])('%s', (_name, lines, at) => {
    expect(firstError(log(...lines)).at).toBe(at);
  });

  test('with what surrounds it', () => {
    const lines = Array.from({ length: 50 }, (_, i) => (i === 30 ? 'fatal: no' : `line ${i}`));
    expect(firstError(log(...lines))).toEqual({ from: 28, to: 38, at: 30 });
    expect(firstError(log(...lines.slice(0, 30)))).toEqual({ from: 20, to: 30, at: undefined });
  });
});
