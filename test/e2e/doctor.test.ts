import { expect } from 'bun:test';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';

const test = testWith({ executable: pikociAvailability() });

test('doctor: what is here, beside a server that runs', async () => {
  await using place = pikociPlace();
  await using server = await place.startServer('--db-system', 'mem');
  const { code, stdout, stderr } = await place.run(['doctor', '--port', new URL(server.url).port]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('✓ git');
  expect(stdout).toContain('is that of a server of yours that runs');
  expect(stdout).toMatch(/✓ server +http:\S+ is ready/);
  expect(stdout).toMatch(/✓ clock +as at http/);
  expect(stdout).toEndWith('\nnothing is in the way\n');
});

test('doctor: a problem, for machines', async () => {
  await using place = pikociPlace();
  const args = ['doctor', '--json', '--port', '0', '--pubsub-system', 'redis', '--redis-url', 'redis://127.0.0.1:1'];
  const { code, stdout } = await place.run(args);
  expect(code).toBe(1);
  const found = JSON.parse(stdout) as { about: string; outcome: string; text: string }[];
  expect(found.filter(({ outcome }) => outcome === 'problem').map(({ about }) => about)).toEqual(['queue']);
  expect(found.find(({ about }) => about === 'queue')?.text).toContain('127.0.0.1:1');
});
