/** `actions/setup-…`: here a job runs in an image that has the tool. */
import { joinTexts, partsOf, template } from '../hcl-text.ts';
import type { Text } from '../shell-text.ts';
import type { Source } from '../source.ts';
import { filled, type Image, type JobPlace } from './place.ts';

interface Setup {
  /** What the version is called among the parameters. */
  readonly version: string;
  readonly image: (version: Text | undefined, job: Source) => Text;
}

const tagged =
  (name: string, usual: string, behind = '') =>
  (version: Text | undefined): Text =>
    version === undefined ? `${name}:${usual}${behind}` : joinTexts(`${name}:`, shortened(version), behind);

const SETUPS: Readonly<Record<string, Setup>> = {
  'actions/setup-node': { version: 'node-version', image: tagged('node', 'lts') },
  'actions/setup-python': { version: 'python-version', image: tagged('python', '3') },
  'actions/setup-go': { version: 'go-version', image: tagged('golang', '1') },
  'actions/setup-java': { version: 'java-version', image: javaImage },
  'actions/setup-dotnet': { version: 'dotnet-version', image: tagged('mcr.microsoft.com/dotnet/sdk', '9.0') },
  'ruby/setup-ruby': { version: 'ruby-version', image: tagged('ruby', '3') },
  'shivammathur/setup-php': { version: 'php-version', image: tagged('php', '8', '-cli') },
  'oven-sh/setup-bun': { version: 'bun-version', image: tagged('oven/bun', '1') },
  'denoland/setup-deno': { version: 'deno-version', image: tagged('denoland/deno', 'latest') },
  'dtolnay/rust-toolchain': { version: 'toolchain', image: tagged('rust', '1') },
  'actions-rs/toolchain': { version: 'toolchain', image: tagged('rust', '1') },
  'hashicorp/setup-terraform': { version: 'terraform_version', image: tagged('hashicorp/terraform', 'latest') },
};

/** `20.x` and `^3.1` are tags without what follows; `stable` is the newest. */
function shortened(version: Text): Text {
  return template(
    partsOf(version).map((part) =>
      typeof part === 'string'
        ? part
            .replace(/^[v^~=]+|\.x$|\.x\.x$/g, '')
            .replace(/^lts\/\*$/, 'lts')
            .replace(/^stable$/, 'latest')
        : part,
    ),
  );
}

function javaImage(version: Text | undefined, job: Source): Text {
  const scripts = (job.entries.get('steps')?.items ?? [])
    .map((step) => String(step.entries.get('run')?.scalar ?? ''))
    .join('\n');
  const jdk = version === undefined ? '21' : shortened(version);
  if (/(^|\s)mvn\s/m.test(scripts)) return joinTexts('maven:3-eclipse-temurin-', jdk);
  if (/(^|\s)gradle\s/m.test(scripts)) return joinTexts('gradle:8-jdk', jdk);
  return joinTexts('eclipse-temurin:', jdk, '-jdk');
}

export const actionOf = (step: Source): string => String(step.entries.get('uses')?.scalar ?? '').replace(/@.*$/, '');

export const isSetup = (step: Source): boolean => Object.hasOwn(SETUPS, actionOf(step));

/** The image of the first setup of a job. `undefined`: steps run on the worker as it is. */
export function imageOfSetups(place: JobPlace): Image | undefined {
  const { job, block } = place;
  const step = (job.entries.get('steps')?.items ?? []).find(isSetup);
  if (step === undefined) return undefined;
  const setup = SETUPS[actionOf(step)];
  const given = step.entries.get('with')?.entries.get(setup?.version ?? '');
  const version =
    given === undefined
      ? (/@(stable|nightly|[\d.]+)$/.exec(actionVersion(step))?.[1] ?? undefined)
      : filled(given, place, block, { open: true });
  const name = setup?.image(version, job) ?? 'debian';
  // What listens on the worker is found there, as on a machine of GitHub.
  return { name, isContainer: false, args: job.has('services') ? ['--network', 'host'] : [] };
}

/** Only of the toolchain of Rust the version says which tool it is. */
const actionVersion = (step: Source): string => {
  const uses = String(step.entries.get('uses')?.scalar ?? '');
  return uses.startsWith('dtolnay/rust-toolchain@') ? uses : '';
};

export const versionKey = (step: Source): string | undefined => SETUPS[actionOf(step)]?.version;
