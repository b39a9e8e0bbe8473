/** Why somebody does it: `--reason`, and `--message` of a vote. */
import { CodedError } from '../../lib/coded-error.ts';
import { LONGEST_REASON } from '../../protocol/choices.ts';

type ReasonOption = readonly [flags: string, description: string, read: (text: string) => string];

export const reasonOption = (description = 'why, for those who see it later'): ReasonOption => [
  '--reason <text>',
  description,
  (text) => checkedReason('--reason', text),
];

export const voteMessageOption: ReasonOption = [
  '-m, --message <text>',
  'why, for those who see the build',
  (text) => checkedReason('--message', text),
];

/** The server would refuse it too, and name the field of its API. Throws `usage.bad_value`. */
function checkedReason(flag: string, text: string): string {
  if (text.length <= LONGEST_REASON) return text;
  throw new CodedError(
    'usage.bad_value',
    `${flag}: it may have ${LONGEST_REASON} characters, and this one has ${text.length}`,
    { hint: 'say it in a sentence or two, and name where the rest is written' },
  );
}
