/** Completion in the shells themselves. */
import { expect } from 'bun:test';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { programsAvailability } from '../servers/installed-programs.ts';
import { EXECUTABLE, type PikociPlace, pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { processesOf } from '../servers/processes-of.ts';
import { testWith } from '../servers/required.ts';
import { runCommand } from '../servers/run-command.ts';
import { eventually } from './eventually.ts';

const executable = pikociAvailability();
const test = testWith({ executable });

const PIPELINE = 'job "build" {\n  task "say" {\n    run "shell" { cmd = "true" }\n  }\n}\njob "publish" {\n}\n';

async function ask(place: PikociPlace, shell: readonly [string, ...string[]]): Promise<string> {
  const bin = join(place.path, 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(EXECUTABLE, join(bin, 'pikoci'));
  const env = { ...place.environment, PATH: `${bin}:${process.env.PATH}`, TERM: 'xterm', HOME: place.path };
  const { stdout } = await runCommand(shell[0], shell.slice(1), { cwd: place.path, env });
  return stdout;
}

/** What readline hands over: it cuts words at = too. */
const BASH = `
source <(pikoci completion bash)
for line in "pikoci va" "pikoci server --db-system=ma" "pikoci validate pip" "pikoci jobs trigger -p app "; do
  COMP_LINE=$line COMP_POINT=\${#line}
  read -r -a COMP_WORDS <<< "\${line//=/ = }"
  [[ "$line" == *" " ]] && COMP_WORDS+=("")
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  _pikoci
  echo "$line> \${COMPREPLY[*]}"
done
`;

test('bash: commands, values, files, and the names on a server', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', PIPELINE);
  place.write('app.hcl', PIPELINE);
  await using server = await place.startServer('--db-system', 'mem', '--pipeline-config', 'app.hcl');
  expect(server.url).toStartWith('http');
  expect((await ask(place, ['bash', '--norc', '-c', BASH])).split('\n')).toEqual([
    'pikoci va> validate',
    'pikoci server --db-system=ma> mariadb',
    'pikoci validate pip> pipeline.hcl',
    'pikoci jobs trigger -p app > build publish',
    '',
  ]);
});

test('without a server there is nothing to wait for', async () => {
  await using place = pikociPlace();
  expect(await place.run(['complete', '--', 'jobs', 'trigger', '-p', ''])).toMatchObject({ code: 0, stdout: ':\n' });
  expect(await place.run(['completion', 'tcsh'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('"tcsh" is not a shell that there is completion for'),
  });
});

const ZSH = `
zmodload zsh/zpty
for line rest in "validate pip" eline.hcl "server --db-system=ma" riadb "va" lidate; do
  zpty inner zsh -f -i
  zpty -w inner "unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source <(pikoci completion zsh); echo rea''dy"
  zpty -r inner seen $'*\\nready*'
  zpty -w -n inner "pikoci $line"$'\\t'
  # What is typed at once may be drawn at once, or the end of it later.
  zpty -r inner seen "*$rest*"
  print -r -- "$rest: seen"
  zpty -d inner
done
`;

testWith({ executable, zsh: programsAvailability(['zsh'], 'zsh') })('zsh, on a terminal of its own', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', PIPELINE);
  const seen = await ask(place, ['zsh', '-f', '-c', `setopt extended_glob\n${ZSH}`]);
  expect(seen).toBe('eline.hcl: seen\nriadb: seen\nlidate: seen\n');
  // A shell whose terminal is gone ends a moment later.
  await eventually('the shells end', async () => (processesOf(place.path).length === 0 ? true : undefined));
});

testWith({ executable, fish: programsAvailability(['fish'], 'fish') })('fish', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', PIPELINE);
  const lines = ['pikoci va', 'pikoci server --db-system=ma', 'pikoci validate pip'];
  const script = ['pikoci completion fish | source', ...lines.map((line) => `complete -C"${line}"`)].join('\n');
  const found = await ask(place, ['fish', '--no-config', '-c', script]);
  expect(found.split('\n')).toEqual([
    'validate\tSay everything that is wrong with a pipeline',
    '--db-system=mariadb',
    'pipeline.hcl',
    '',
  ]);
});
