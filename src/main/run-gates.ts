/** What builds on this machine are given, and whether they may begin: on a server people are asked, here whoever runs them is. */
import { chooseInputs, type InputTexts, readInputTexts } from '../cli/input-flags.ts';
import { CodedError } from '../lib/coded-error.ts';
import { type InputValues, inputValues } from '../pipeline/job-input.ts';
import type { BuildPlan } from '../pipeline/plan.ts';

export interface GateArguments {
  /** Of `--input`: each job gets those it has. */
  readonly input: readonly string[];
  /** Of `--approve`. */
  readonly approve: boolean;
  /** Nothing runs, so nobody is asked. */
  readonly dryRun: boolean;
  readonly cwd: string;
  /** Absent when nobody is there to be asked. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
}

type Gated<T> = T & { readonly inputValues: InputValues };

/** The jobs with the values of their inputs. Undefined: one was not approved, and that was said. Throws `usage.bad_variable`, `usage.bad_value`, `usage.missing`. */
export async function openGates<T extends { readonly plan: BuildPlan }>(
  jobs: readonly T[],
  gates: GateArguments,
): Promise<Gated<T>[] | undefined> {
  const texts = await readInputTexts(gates.input, gates.cwd);
  const known = new Set(jobs.flatMap(({ plan }) => (plan.inputs ?? []).map(({ name }) => name)));
  const opened: Gated<T>[] = [];
  for (const job of jobs) {
    const names = new Set((job.plan.inputs ?? []).map(({ name }) => name));
    // One that no job has is said of the first.
    const own = [...texts].filter(([name]) => names.has(name) || !known.has(name));
    opened.push({ ...job, inputValues: gates.dryRun ? {} : await readInputs(job.plan, new Map(own), gates) });
  }
  for (const { plan } of jobs) {
    if (gates.dryRun || (await isApproved(plan, gates))) continue;
    process.stderr.write(`${plan.job} was not approved, so nothing was run\n`);
    return undefined;
  }
  return opened;
}

async function readInputs(plan: BuildPlan, texts: InputTexts, { ask }: GateArguments): Promise<InputValues> {
  const { inputs = [], job } = plan;
  const given = await chooseInputs(inputs, texts, ask);
  try {
    return inputValues(job, inputs, given);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    // As for any other flag that is not right.
    const code = error.code === 'input.missing' ? 'usage.missing' : 'usage.bad_value';
    const more = error.code === 'input.missing' ? `--input ${nameIn(error.message)}=…: ` : '';
    throw new CodedError(code, error.message, { hint: `${more}${error.hint}`, cause: error });
  }
}

const nameIn = (message: string): string => /"([^"]*)"/.exec(message)?.[1] ?? 'NAME';

/** Values that must not be shown. */
export function sensitiveInputs({ inputs = [] }: BuildPlan, values: InputValues) {
  return inputs.flatMap(({ name, sensitive }) => (sensitive ? [values[name] ?? null] : []));
}

async function isApproved({ approvals = [] }: BuildPlan, { approve, ask }: GateArguments): Promise<boolean> {
  if (approve) return true;
  for (const { label, message } of approvals) {
    if (ask === undefined) {
      throw new CodedError('usage.missing', `the job asks for an approval, "${label}", and nobody is here to give it`, {
        hint: 'run it with --approve',
      });
    }
    const answer = await ask(`${message ?? `Approve "${label}"?`} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) return false;
  }
  return true;
}
