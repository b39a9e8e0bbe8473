/** What a task runs, as a script. */
import type { Block } from '../hcl-block.ts';
import { joinTexts, template } from '../hcl-text.ts';
import { inShell, lines, shellQuoted, shellWord, type Text } from '../shell-text.ts';
import type { Source } from '../source.ts';
import type { StepPlace } from './steps.ts';

export interface TaskCommand {
  readonly script: Text;
  /** Which shell reads it, where it is another than the usual one. */
  readonly shell?: string | undefined;
}

export function readCommand(
  run: Source | undefined,
  block: Block,
  isContainer: boolean,
  place: StepPlace,
): TaskCommand {
  const { vars, conversion } = place.concourse;
  const path = vars.text(run?.get('path'), place) ?? 'true';
  const args = (run?.get('args')?.elements() ?? []).map((arg) => vars.text(arg, place) ?? '');
  const user = run?.entries.get('user');
  if (user !== undefined && isContainer) block.set('user', vars.text(run?.get('user'), { ...place, open: true }));
  else if (user !== undefined)
    conversion.notConverted(block, user, 'without a container commands run as the account of the worker');
  const dir = vars.text(run?.get('dir'), place);
  const enter = dir === undefined ? undefined : joinTexts('cd ', shellWord(dir));
  const command = shellOf(path, args, isContainer);
  return { ...command, script: lines(enter, command.script) };
}

function shellOf(path: Text, args: readonly Text[], isContainer: boolean): TaskCommand {
  const [, , ...more] = args;
  const [flags, script] = args;
  const name = typeof path === 'string' ? /^(?:\/bin\/|\/usr\/bin\/)?(sh|bash)$/.exec(path)?.[1] : undefined;
  const letters = typeof flags === 'string' ? /^-([euxc]*c)$/.exec(flags)?.[1] : undefined;
  if (name === undefined || letters === undefined || script === undefined || more.length > 0)
    return { script: words(path, args) };
  if (name === 'bash' && isContainer) return { script: inShell(`${path} -${letters}`, script) };
  const settings = [
    ...(letters.includes('e') ? [] : ['set +e']),
    ...[...'ux'].filter((letter) => letters.includes(letter)).map((letter) => `set -${letter}`),
  ];
  return { script: lines(...settings, script), ...(name === 'bash' && { shell: '/bin/bash' }) };
}

function words(path: Text, args: readonly Text[]): Text {
  const [first, ...rest] = [path, ...args].map(shellWord);
  return joinTexts(first ?? shellQuoted('true'), ...rest.flatMap((word): Text[] => [template([' ']) as string, word]));
}
