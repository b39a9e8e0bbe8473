import { expect, test } from 'bun:test';
import { openWithPassphrase, sealWithPassphrase } from './passphrase.ts';

test('a text is read with the passphrase it was sealed with, and no other', async () => {
  const sealed = await sealWithPassphrase('correct horse battery', 'a key');
  expect(JSON.stringify(sealed)).not.toContain('a key');
  expect(await openWithPassphrase('correct horse battery', sealed)).toBe('a key');
  expect(await openWithPassphrase('correct horse batterY', sealed)).toBeUndefined();
  expect(await openWithPassphrase('correct horse battery', { ...sealed, data: 'AAAA' })).toBeUndefined();
  expect(await sealWithPassphrase('correct horse battery', 'a key')).not.toEqual(sealed);
  await expect(sealWithPassphrase('short', 'a key')).rejects.toMatchObject({ code: 'passphrase.too_short' });
});
