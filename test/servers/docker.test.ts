import { expect } from 'bun:test';
import { existsSync } from 'node:fs';
import { dockerAvailability, startDocker } from './docker.ts';
import { testWith } from './required.ts';
import { temporaryDirectory } from './temporary-directory.ts';

testWith({ docker: dockerAvailability() })(
  'an engine of our own runs an image made here, with a directory of ours in it, and leaves nothing behind',
  async () => {
    await using work = temporaryDirectory('work');
    let socket: string;
    {
      await using engine = await startDocker();
      socket = engine.host.replace('unix://', '');
      await engine.makeImage('golang:1.25');
      const run = ['run', '--rm', '-v', `${work.path}:/workdir`, '-w', '/workdir', 'golang:1.25'];
      expect(await engine.docker(...run, '/bin/sh', '-ec', 'echo hello > out; pwd; ls')).toBe('/workdir\nout');
      await engine.docker('run', '-d', '--name', 'left', 'golang:1.25', 'sleep', '1000');
      expect(existsSync(socket)).toBe(true);
    }
    expect(await Bun.file(`${work.path}/out`).text()).toBe('hello\n');
    expect(existsSync(socket)).toBe(false);
  },
  60_000,
);
