import { shellQuote } from '../../pipeline/expand-command.ts';
import type { RemoteCommand } from './remote-place.ts';

/**
 * What the shell there is given by its standard input. It is one block, so that all of it is read before any of it runs; what comes behind it on
 * the standard input is nothing, and then its end, for which the watcher waits. The exit code is left in the file `note` of the build's directory.
 */
export function remoteProgram(command: RemoteCommand, directory: string, note: string): string {
  const { shell, script, dir, environment, standIn } = command;
  const work = `${directory}/work`;
  const exported = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [`export ${name}=${shellQuote(movedTo(value, standIn, work))}`],
  );
  const run = `${shellQuote(shell)} -e ${shellQuote(`${directory}/script`)} </dev/null 3<&-`;
  return `{
exec 3<&0
${exported.join('\n')}
cd ${shellQuote(work)} && mkdir -p ${shellQuote(dir)} && cd ${shellQuote(dir)} || exit 1
(umask 077; printf %s ${shellQuote(script)} > ${shellQuote(`${directory}/script`)}) || exit 1
if command -v setsid >/dev/null 2>&1; then setsid ${run} & group="-$!"; else ${run} & group=$!; fi
(
  cat <&3
  : > ${shellQuote(`${directory}/ending`)}
  kill -TERM "$group"
  n=0; while [ $n -lt 50 ] && kill -0 "$group"; do sleep 0.1; n=$((n + 1)); done
  kill -KILL "$group"
  rm -rf ${shellQuote(directory)}
) >/dev/null 2>&1 &
watcher=$!
wait "\${group#-}"
status=$?
[ -e ${shellQuote(`${directory}/ending`)} ] && { wait "$watcher"; exit "$status"; }
kill -KILL "$watcher" "$group" 2>/dev/null
echo "$status" > ${shellQuote(`${work}/${note}`)}
exit 0
}
`;
}

function movedTo(value: string, standIn: string, work: string): string {
  return value === standIn || value.startsWith(`${standIn}/`) ? work + value.slice(standIn.length) : value;
}
