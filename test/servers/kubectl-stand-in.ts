/**
 * A program that answers as kubectl does, where there is no cluster: a pod is a directory, and what is run in it runs here. It shows what is
 * asked of kubectl and in which order, and that the rest of it works; not that a cluster would take it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface KubectlStandIn {
  /** To come first in PATH. */
  readonly bin: string;
  /** The calls so far, each its arguments. */
  calls(): string[];
  /** The manifest of the last pod. */
  manifest(): Record<string, unknown>;
}

const SCRIPT = `#!/bin/sh
cd PLACE || exit 1
while :; do case "$1" in --kubeconfig=*|--context=*|--namespace=*) options="$options$1 "; shift ;; *) break ;; esac; done
verb=$1
case "$verb" in
  exec) echo "$options$verb" >> calls ;;
  *) echo "$options$*" >> calls ;;
esac
case "$verb" in
  create)
    cat > pod.json
    mkdir -p pod
    ;;
  get)
    [ -e pod.json ] || { echo "Error from server (NotFound): pods \\"$3\\" not found" >&2; exit 1; }
    if grep -q nowhere pod.json; then
      state='"waiting": { "reason": "ErrImagePull", "message": "no such image" }'
      ready=false
    elif [ "$(grep -c '^.*get pod' calls)" -lt 2 ]; then
      state='"waiting": { "reason": "ContainerCreating" }'
      ready=false
    else
      state='"running": {}'
      ready=true
    fi
    echo "{ \\"status\\": { \\"phase\\": \\"Pending\\", \\"containerStatuses\\": [{ \\"ready\\": $ready, \\"state\\": { $state } }] } }"
    ;;
  exec)
    # exec --stdin POD --container=step -- /bin/sh -c SCRIPT
    script=$(printf '%s' "$8" | sed 's#/pikoci/#PLACE/pod/#g')
    exec env -i PATH="$PATH" /bin/sh -c "$script"
    ;;
  delete) rm -f pod.json ;;
esac
`;

export function kubectlStandIn(place: string): KubectlStandIn {
  const at = (name: string): string => join(place, name);
  const bin = at('bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'kubectl'), SCRIPT.replaceAll('PLACE', place), { mode: 0o755 });
  return {
    bin,
    calls: () => readFileSync(at('calls'), 'utf8').trim().split('\n'),
    manifest: () => JSON.parse(readFileSync(at('pod.json'), 'utf8')),
  };
}
