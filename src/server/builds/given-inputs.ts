/** What a build is given, on its way into the store and out again. Sensitive values are encrypted for the pipeline. */
import { type InputValues, inputValues, type JobInput } from '../../pipeline/job-input.ts';
import type { InputValueView } from '../../protocol/gates.ts';
import type { BuildDetail } from '../../store/records.ts';
import type { NewBuild } from '../../store/scheduling-facts.ts';
import type { AtRest } from '../secrets/at-rest.ts';

type Given = Pick<NewBuild, 'inputValues' | 'sealedInputs'>;

/** Throws what `inputValues` throws. `owner`: `team/name` of the pipeline. */
export function givenInputs(
  job: string,
  inputs: readonly JobInput[],
  given: InputValues,
  { atRest, owner }: { readonly atRest: AtRest; readonly owner: string },
): Given {
  const values = Object.entries(inputValues(job, inputs, given));
  const secret = new Set(inputs.flatMap(({ name, sensitive }) => (sensitive ? [name] : [])));
  const isSealed = ([name]: (typeof values)[number]): boolean => secret.has(name);
  const sealed = values.filter((entry) => isSealed(entry));
  return {
    inputValues: Object.fromEntries(values.filter((entry) => !isSealed(entry))),
    ...(sealed.length > 0 && { sealedInputs: atRest.encrypt(Object.fromEntries(sealed), owner) }),
  };
}

/** Of a build that new versions start: nobody is there to give anything. */
export function defaultInputs(inputs: readonly JobInput[] = []): Given {
  return { inputValues: Object.fromEntries(inputs.map((input) => [input.name, input.default ?? null])) };
}

export function inputValueViews({ plan, inputValues: values }: BuildDetail): InputValueView[] {
  return (plan.inputs ?? []).map(({ name, sensitive }) => ({
    name,
    sensitive,
    ...(!sensitive && { value: values[name] ?? null }),
  }));
}
