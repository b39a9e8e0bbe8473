/**
 * The entry point. What a person may wait for at a prompt (`version`) loads nothing else; every other command's modules are loaded when it
 * is the one that was asked for.
 */
import { VERSION } from './version.ts';

const [command] = process.argv.slice(2);

if (command === 'version' || command === '--version' || command === '-V') {
  process.stdout.write(`pikoci ${VERSION}\n`);
} else {
  const { runProgram } = await import('./program.ts');
  process.exitCode = await runProgram(process.argv.slice(2));
}
