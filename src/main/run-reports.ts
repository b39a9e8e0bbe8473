/** `--report junit=FILE` and `--report json=FILE`: how a run went, for other programs. */
import { existsSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { assertNever } from '../lib/assert-never.ts';
import { CodedError } from '../lib/coded-error.ts';
import { nearest } from '../lib/nearest.ts';
import { fileError } from '../lib/system/file-error.ts';
import { hasPassed, type JobRecord, type RunRecord, type StepRecord } from './run-record.ts';

const FORMATS = ['junit', 'json'] as const;

export interface WantedReport {
  readonly format: (typeof FORMATS)[number];
  readonly path: string;
}

/** Throws `usage.bad_value`. */
export function readReports(given: readonly string[], cwd: string): WantedReport[] {
  return given.map((argument) => {
    const equals = argument.indexOf('=');
    const name = argument.slice(0, Math.max(0, equals));
    const file = argument.slice(equals + 1);
    const format = FORMATS.find((known) => known === name);
    if (equals < 0 || file === '' || format === undefined) {
      const near = nearest(name === '' ? argument : name, FORMATS);
      throw new CodedError('usage.bad_value', `--report: "${argument}" is not junit=FILE or json=FILE`, {
        hint: near === undefined ? 'write --report junit=results.xml' : `write --report ${near}=${file || 'FILE'}`,
      });
    }
    const path = resolve(cwd, file);
    if (existsSync(path) && statSync(path).isDirectory()) {
      throw new CodedError('usage.bad_value', `--report: ${file} is a directory`, { hint: 'name a file in it' });
    }
    return { format, path };
  });
}

export async function writeReports(reports: readonly WantedReport[], run: RunRecord): Promise<void> {
  for (const { format, path } of reports) {
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, textOf(format, run));
    } catch (error) {
      throw fileError(error, 'write the report', path);
    }
  }
}

function textOf(format: WantedReport['format'], run: RunRecord): string {
  switch (format) {
    case 'junit':
      return junit(run);
    case 'json':
      return `${JSON.stringify({ ...run, startedAt: iso(run.startedAt), jobs: run.jobs.map(jobJson) }, null, 2)}\n`;
    default:
      return assertNever(format);
  }
}

const iso = (at: number): string => new Date(at).toISOString();
const jobJson = (job: JobRecord): object => ({ ...job, startedAt: iso(job.startedAt) });

function junit({ pipeline, startedAt, ms, jobs }: RunRecord): string {
  const all = jobs.map((job) => ({ job, cases: casesOf(job) }));
  const counts = countsOf(all.flatMap(({ cases }) => cases));
  const suites = all.map(({ job, cases }) => {
    const head = `name="${attribute(job.job)}" ${countsOf(cases)} time="${seconds(job.ms)}" timestamp="${iso(job.startedAt).slice(0, 19)}"`;
    return `  <testsuite ${head}>\n${cases.map(({ text }) => text).join('')}  </testsuite>\n`;
  });
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<testsuites name="${attribute(pipeline)}" ${counts} time="${seconds(ms)}" timestamp="${iso(startedAt).slice(0, 19)}">\n${suites.join('')}</testsuites>\n`
  );
}

interface Case {
  readonly mark: 'passed' | 'failure' | 'error' | 'skipped';
  readonly text: string;
}

function casesOf(job: JobRecord): Case[] {
  if (job.outcome === 'not_run') return [caseOf(job.job, job.job, 0, 'skipped', job.why ?? '', '')];
  const names = job.steps.map(({ name }) => name);
  const cases = job.steps.map((step) => {
    // Two steps of one name are told apart by their ids.
    const name = names.filter((one) => one === step.name).length > 1 ? `${step.name} (${step.id})` : step.name;
    return caseOf(job.job, name, step.ms, markOf(step), messageOf(step), step.log);
  });
  // What is wrong with the job and with no step of it would be in no report.
  if (!hasPassed(job) && job.steps.every(hasPassed)) {
    cases.push(
      caseOf(job.job, job.job, job.ms, 'error', [job.why, job.hint].filter(Boolean).join('; ') || job.outcome, ''),
    );
  }
  return cases;
}

function markOf({ outcome }: StepRecord): Case['mark'] {
  switch (outcome) {
    case 'succeeded':
    case 'warning':
      return 'passed';
    case 'failed':
      return 'failure';
    case 'errored':
    case 'cancelled':
      return 'error';
    case 'skipped':
      return 'skipped';
    default:
      return assertNever(outcome);
  }
}

function messageOf({ outcome, problem, exitCode }: StepRecord): string {
  if (problem !== undefined) return [problem.message, problem.hint].filter(Boolean).join('; ');
  return exitCode === undefined || exitCode === 0 ? outcome : `exited with ${exitCode}`;
}

function caseOf(suite: string, name: string, ms: number, mark: Case['mark'], message: string, log: string): Case {
  const head = `    <testcase classname="${attribute(suite)}" name="${attribute(name)}" time="${seconds(ms)}"`;
  if (mark === 'passed') return { mark, text: `${head}/>\n` };
  const inner =
    mark === 'skipped'
      ? `<skipped message="${attribute(message)}"/>`
      : `<${mark} message="${attribute(message)}">${xml(log)}</${mark}>`;
  return { mark, text: `${head}>\n      ${inner}\n    </testcase>\n` };
}

function countsOf(cases: readonly Case[]): string {
  const count = (mark: Case['mark']): number => cases.filter((one) => one.mark === mark).length;
  return `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(3);

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const attribute = (text: string): string => xml(text).replaceAll('\n', '&#10;');

/** Colours, and characters that no XML may hold, are left out. */
function xml(text: string): string {
  return text
    .toWellFormed()
    .replace(/\x1b\[[0-?]*[ -/]*[@-~]/g, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]/g, '')
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
