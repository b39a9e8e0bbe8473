import { expect, test } from 'bun:test';
import { carriesCookie, cookieVariable, limitCookie, newCookie, withCookie } from './process-cookie.ts';

const cookies = ['0000000000000000', '1fffffffffffffff', '0123456789abcdef', newCookie()];
test.each(cookies)('%s is inherited through a limit, and this process stays without', async (cookie) => {
  const child = withCookie(cookie, () => Bun.spawn(['env', '-i', 'sleep', '1000']));
  expect(limitCookie(child.pid)).toBe(cookie);
  expect(carriesCookie(child.pid, cookie)).toBe(true);
  expect(carriesCookie(child.pid, newCookie())).toBe(false);
  expect(limitCookie(process.pid)).toBeUndefined();
  child.kill();
  await child.exited;
  expect(carriesCookie(child.pid, cookie)).toBe(false);
});

test('a spawn that throws leaves no limit behind', () => {
  expect(() => withCookie(newCookie(), () => Bun.spawn(['/no/such']))).toThrow();
  expect(limitCookie(process.pid)).toBeUndefined();
});

test('cookies are sixteen digits and differ', () => {
  const many = Array.from({ length: 1000 }, newCookie);
  expect(many.every((cookie) => /^[01][0-9a-f]{15}$/.test(cookie))).toBe(true);
  expect(new Set(many).size).toBe(1000);
});

test('the variable keeps the cookies of the steps around', () => {
  expect(cookieVariable('b', undefined)).toBe('b');
  expect(cookieVariable('b', '')).toBe('b');
  expect(cookieVariable('b', 'a')).toBe('a.b');
});
