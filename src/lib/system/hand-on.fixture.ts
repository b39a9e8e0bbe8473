/** Run alone in a cgroup: hands a controller on from there, and tells what became of it. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { handOnControllers } from './cgroup-controllers.ts';

const [base = '', controller = ''] = process.argv.slice(2);
const below = join(base, 'pikoci');
mkdirSync(below);
try {
  handOnControllers(base, below, [controller]);
} catch (error) {
  console.log(String(error));
}
console.log(readFileSync('/proc/self/cgroup', 'latin1'));
console.log(`below: ${readFileSync(join(below, 'cgroup.subtree_control'), 'latin1')}`);
