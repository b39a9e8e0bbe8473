/** Run alone in a cgroup, or by another of its kind: hands a controller on from there, and tells what became of it. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { handOnControllers } from './cgroup-controllers.ts';

const [base = '', controller = '', how] = process.argv.slice(2);
if (how === 'supervise') {
  const child = Bun.spawn([process.execPath, import.meta.path, base, controller], { stdout: 'inherit' });
  await child.exited;
} else {
  const below = join(base, 'pikoci');
  mkdirSync(below);
  try {
    handOnControllers(base, below, [controller]);
  } catch (error) {
    console.log(String(error));
  }
  console.log(`below: ${readFileSync(join(below, 'cgroup.subtree_control'), 'latin1')}`);
}
console.log(readFileSync('/proc/self/cgroup', 'latin1'));
