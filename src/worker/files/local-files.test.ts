import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../../test/servers/temporary-directory.ts';
import { fileDigest } from '../../lib/system/file-digest.ts';
import { openLocalFiles } from './local-files.ts';

test('where nothing can be kept, the hint names the place of this machine and no setting of a server', async () => {
  await using place = temporaryDirectory('local-files');
  const root = join(place.path, 'no-directory');
  writeFileSync(root, 'in the way');
  const path = join(place.path, 'archive');
  writeFileSync(path, 'x');
  const files = await openLocalFiles(root, 'pipeline.hcl');
  const upload = files.upload({ path, digest: await fileDigest(path), size: 1 }, new AbortController().signal);
  await expect(upload).rejects.toMatchObject({ hint: expect.stringContaining(`kept in ${root}`) });
});
