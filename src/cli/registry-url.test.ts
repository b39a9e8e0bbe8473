import { expect, test } from 'bun:test';
import { checkedRegistryUrl } from './registry-url.ts';

test.each(['https://registry.example.com/types', 'http://127.0.0.1:8000/'])('%s is one', (url) => {
  expect(checkedRegistryUrl(url)).toBe(url);
});

test.each([undefined, ''])('%p is none', (url) => {
  expect(checkedRegistryUrl(url)).toBeUndefined();
});

test.each(['registry.example.com', 'ftp://x/', './types', 'pikoci://x'])('%s is refused', (url) => {
  expect(() => checkedRegistryUrl(url)).toThrow(`--registry-url: "${url}" is not an http or https address`);
});
