/**
 * The entry point. What is waited for (`version` at a prompt, `builtin` in a step) loads nothing else; every other command's modules are loaded when it
 * is the one that was asked for.
 */
import { watchOutput } from './closed-output.ts';
import { VERSION } from './version.ts';

const [command, argument] = process.argv.slice(2);

if (command === 'version' || command === '--version' || command === '-V') {
  watchOutput();
  process.stdout.write(`pikoci ${VERSION}\n`);
} else if (command === 'builtin') {
  // Steps of builds wait for these too.
  const { runBuiltin } = await import('./builtin-command.ts');
  process.exitCode = await runBuiltin(argument);
} else if (command === 'guard') {
  const { runGuard } = await import('./guard-command.ts');
  process.exit(await runGuard());
} else {
  watchOutput();
  const { runProgram } = await import('./program.ts');
  process.exitCode = await runProgram(process.argv.slice(2));
  // These hold signals and their standard input, which may keep a process alive that has done all it had to do.
  if (command === 'server' || command === 'worker' || command === 'lsp') process.exit();
}
