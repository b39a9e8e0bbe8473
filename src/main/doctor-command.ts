/** `pikoci doctor`: whether what a server and its builds need is here and works, and if not, what to do. Changes nothing. */

import { join, resolve } from 'node:path';
import { createStyle, type Style, wantsColor } from '../cli/style.ts';
import { findLocalServers, localServersDir } from '../lib/system/local-token.ts';
import { defaultDataDir } from '../lib/system/paths.ts';
import { lookAtBroker, lookAtClock, lookAtDatabase, lookAtPort } from './doctor/connections.ts';
import { type Finding, type Look, lookAt } from './doctor/finding.ts';
import {
  lookAtCgroups,
  lookAtDataDirectory,
  lookAtOpenFiles,
  lookAtSystem,
  lookAtTemporaryFiles,
} from './doctor/machine.ts';
import { lookAtPrograms } from './doctor/programs.ts';
import { lookAtServer, lookAtWebhookAddress } from './doctor/servers.ts';
import { doctorFlags } from './doctor-flags.ts';
import type { FlagValues } from './flags.ts';
import { readSettings } from './read-settings.ts';

type Settings = FlagValues<typeof doctorFlags>;

/** Gives the exit code: 1 when there is a problem. */
export async function runDoctor(options: Readonly<Record<string, unknown>>): Promise<number> {
  const settings = await readSettings(doctorFlags, options);
  const style = createStyle(wantsColor(process.stdout.isTTY === true, process.env));
  // All at once; each is told as soon as it and those before it are known.
  const looks = (await looksFor(settings)).map(([about, look]) => lookAt(about, look));
  const findings: Finding[] = [];
  for (const finding of looks) {
    findings.push(await finding);
    if (options.json !== true) process.stdout.write(lines(await finding, style));
  }
  const problems = findings.filter(({ outcome }) => outcome === 'problem').length;
  process.stdout.write(options.json === true ? `${JSON.stringify(findings, null, 2)}\n` : `\n${summary(problems)}\n`);
  return problems === 0 ? 0 : 1;
}

async function looksFor(settings: Settings): Promise<readonly (readonly [string, Look])[]> {
  const { env } = process;
  const cwd = process.cwd();
  const directory = settings.dataDir === undefined ? defaultDataDir(env, cwd) : resolve(settings.dataDir);
  const servers = (await findLocalServers(localServersDir(env, cwd))).map(({ url }) => url);
  const url = settings.url ?? servers[0];
  return [
    ['system', lookAtSystem],
    ['data directory', async () => lookAtDataDirectory(directory)],
    ['temporary files', () => lookAtTemporaryFiles(env)],
    ['open files', () => lookAtOpenFiles(env)],
    ['cgroups', lookAtCgroups],
    ...lookAtPrograms(env),
    ['port', () => lookAtPort(settings.host, settings.port, servers)],
    ['database', () => lookAtDatabase(settings, join(directory, 'server'))],
    ['queue', () => lookAtBroker(withQueue(settings))],
    ['webhooks', async () => lookAtWebhookAddress(settings.externalUrl)],
    ['server', () => lookAtServer(url)],
    ['clock', () => lookAtClock(url, Date.now)],
  ];
}

function withQueue(settings: Settings): Settings & { readonly pubsubSystem: string } {
  return { ...settings, pubsubSystem: settings.pubsubSystem ?? 'mem' };
}

const WIDTH = 16;

function lines({ about, outcome, text, hint }: Finding, style: Style): string {
  const mark = { good: style.green('✓'), note: style.yellow('·'), problem: style.red('✗') }[outcome];
  const first = `${mark} ${about.padEnd(WIDTH)}${text}\n`;
  return hint === undefined ? first : `${first}${' '.repeat(WIDTH + 2)}${style.dim(hint)}\n`;
}

function summary(problems: number): string {
  if (problems === 0) return 'nothing is in the way';
  return problems === 1 ? '1 problem' : `${problems} problems`;
}
