import { expect } from 'bun:test';
import { pikociAvailability, pikociPlace } from './pikoci.ts';
import { testWith } from './required.ts';

testWith({ executable: pikociAvailability() })(
  'the executable runs in an empty directory, in an empty environment',
  async () => {
    await using place = pikociPlace({ environment: {} });
    const { code, stdout, stderr } = await place.run(['version']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^pikoci \d+\.\d+\.\d+/);
  },
);
