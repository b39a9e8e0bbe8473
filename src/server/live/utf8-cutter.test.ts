import { expect, test } from 'bun:test';
import { Utf8Cutter } from './utf8-cutter.ts';

const TEXT = 'a\u00fc\u20ac\u{1f600}\ufeffz';
const encoder = new TextEncoder();

test('cut at any byte, the text is the same, and each piece knows where it begins', () => {
  const bytes = encoder.encode(TEXT);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const cutter = new Utf8Cutter();
    const pieces = [cutter.push(0, bytes.subarray(0, cut)), cutter.push(cut, bytes.subarray(cut))];
    expect(pieces.map((piece) => piece.text).join('')).toBe(TEXT);
    expect(pieces[1]?.offset).toBe(encoder.encode(pieces[0]?.text).length);
    expect(cutter.end().text).toBe('');
  }
});

test('one who begins in the middle of a character gets all of it', () => {
  const bytes = encoder.encode(TEXT);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const first = new Utf8Cutter().push(0, bytes.subarray(0, cut)).text;
    const rest = new Utf8Cutter(bytes.subarray(Math.max(0, cut - 3), cut)).push(cut, bytes.subarray(cut));
    expect(first + rest.text).toBe(TEXT);
  }
});

test.each([
  [[0xff, 0x41], '\ufffdA', ''],
  [[0x41, 0xe2, 0x82], 'A', '\ufffd'],
  [[0x80, 0x80, 0x80, 0x80], '\ufffd\ufffd\ufffd\ufffd', ''],
  [[0xc0, 0x80], '\ufffd\ufffd', ''],
])('what is not UTF-8 is shown as such: %p', (bytes, text, end) => {
  const cutter = new Utf8Cutter();
  expect(cutter.push(0, new Uint8Array(bytes)).text).toBe(text);
  expect(cutter.end().text).toBe(end);
});
