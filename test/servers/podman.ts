/** podman and buildah with a storage of their own, whose images are made of this machine's programs. */
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programsAvailability } from './installed-programs.ts';
import type { Availability } from './required.ts';
import { mustRun } from './run-command.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface ContainerStorage extends AsyncDisposable {
  /** What leads podman and buildah there. */
  readonly environment: Readonly<Record<string, string>>;
  podman(...args: string[]): Promise<string>;
}

export function podmanAvailability(): Availability {
  return programsAvailability(['podman', 'runc', 'busybox'], 'podman runc busybox-static');
}

export function buildahAvailability(): Availability {
  return programsAvailability(['buildah', 'podman', 'busybox'], 'buildah podman busybox-static');
}

/** With an image `localhost/busybox:1`. */
export async function startContainerStorage(): Promise<ContainerStorage> {
  const directory = temporaryDirectory('podman');
  const at = (name: string): string => join(directory.path, name);
  writeFileSync(
    at('storage.conf'),
    `[storage]\ndriver = "vfs"\ngraphroot = "${at('graph')}"\nrunroot = "${at('run')}"\n`,
  );
  // A machine that is itself a container lets nobody raise limits, and has cgroups that crun does not know.
  writeFileSync(
    at('containers.conf'),
    '[containers]\ndefault_ulimits = ["nofile=1000:1000", "nproc=900:900"]\n[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\n',
  );
  const environment = { CONTAINERS_STORAGE_CONF: at('storage.conf'), CONTAINERS_CONF: at('containers.conf') };
  const env = { PATH: process.env.PATH, HOME: directory.path, ...environment };
  const podman = (...args: string[]): Promise<string> => mustRun('podman', args, { env });

  mkdirSync(at('root/bin'), { recursive: true });
  cpSync(Bun.which('busybox') ?? '', at('root/bin/busybox'));
  for (const name of ['sh', 'cat', 'ls', 'sleep', 'pwd', 'tar']) symlinkSync('busybox', at(`root/bin/${name}`));
  await mustRun('tar', ['-C', at('root'), '-cf', at('image.tar'), '.']);
  await podman('import', at('image.tar'), 'localhost/busybox:1');
  return {
    environment,
    podman,
    async [Symbol.asyncDispose]() {
      await podman('rm', '--all', '--force');
      await directory[Symbol.asyncDispose]();
    },
  };
}
