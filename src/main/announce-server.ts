import { nameOf } from '../store/sql/database-server.ts';
import { brokerTitle } from './brokers.ts';
import type { ChosenDatabase } from './choose-database.ts';
import type { DataDirectory } from './data-directory.ts';
import type { GivenPipeline } from './given-pipelines.ts';
import { VERSION } from './version.ts';

/** What a person needs to know, in a few lines. */
export function announce(parts: {
  readonly settings: { readonly team: string; readonly runWorker: boolean; readonly pubsubSystem: string };
  readonly database: ChosenDatabase;
  readonly directory: DataDirectory;
  readonly given: readonly GivenPipeline[];
  /** Names of pipelines that are in the database already, when none is given. */
  readonly kept: readonly string[];
  readonly address: string;
  readonly slots: number;
  readonly signIn: string;
}): void {
  const { settings, directory, given, kept, address, slots } = parts;
  const SHOWN = 5;
  const lines: [string, string][] = [
    ['listening', address],
    ...given.map((one): [string, string] => [
      'pipeline',
      `${settings.team}/${one.name}, ${one.summary}, from ${one.file}`,
    ]),
    ...(kept.length > 0
      ? [
          [
            'pipelines',
            `${kept.slice(0, SHOWN).join(', ')}${kept.length > SHOWN ? ` and ${kept.length - SHOWN} more` : ''}, kept from before`,
          ] as [string, string],
        ]
      : []),
    ...(given.length + kept.length === 0
      ? [['pipeline', 'none given; set one with: pikoci pipelines set NAME --pipeline-config FILE'] as [string, string]]
      : []),
    [
      'worker',
      (settings.runWorker ? `beside the server, ${slots} builds at a time` : 'none here') + othersBy(settings),
    ],
    ['kept', whereKept(parts.database, directory)],
    ['open', `${parts.signIn}\n             signs in as admin; works once`],
  ];
  process.stdout.write(`pikoci ${VERSION}\n${lines.map(([name, text]) => `  ${name.padEnd(10)} ${text}\n`).join('')}`);
}

/** How workers of other machines come. */
function othersBy({ pubsubSystem }: { readonly pubsubSystem: string }): string {
  if (pubsubSystem === 'http') return '; others by this address';
  const title = brokerTitle(pubsubSystem);
  return title === undefined ? '' : `; others over ${title}`;
}

function whereKept(database: ChosenDatabase, { path }: DataDirectory): string {
  switch (database.system) {
    case 'mem':
      return 'nothing: all is gone at the end';
    case 'sqlite':
      return path;
    default:
      return `in ${database.system} ${nameOf(database.address)}, keys and files in ${path}`;
  }
}
