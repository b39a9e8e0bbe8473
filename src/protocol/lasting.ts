/** Errors that another attempt would meet again, because nothing but a person's hand changes what causes them: they are not tried again by themselves. */
import type { ProblemDetail } from './events.ts';

const LASTING: ReadonlySet<string> = new Set([
  // The plan, and what it names.
  'plan.incomplete',
  'value.failed',
  'service.same_port',
  'step.if_not_bool',
  'runner.not_found',
  'runner.missing_parameter',
  'limit.not_a_limit',
  'path.outside',
  'get.no_version',
  'put.no_command',
  'put.secret_in_version',
  // What a step does with its files.
  'task.no_file',
  'task.output_too_large',
  'task.masks_too_large',
  'archive.bad_name',
  'archive.link_outside',
  'artifact.bad_dir',
  'artifact.bad_paths',
  'artifact.bad_version',
  'artifact.no_place',
  // Programs that are not there: docker, a shell, a tool of the pipeline's own. And limits that the worker cannot enforce.
  'exec.not_found',
  'exec.not_executable',
  'exec.bad_directory',
  'exec.bad_argument',
  'limit.not_possible',
  // Secrets.
  'secret.unknown_type',
  'secret.not_given',
  'secret.not_found',
  'secret.key_not_found',
  'secret_key_missing',
  'secret.no_fields',
  'secret.no_server',
  'id_token.no_server',
  'secret.on_command_line',
  'secret.too_large',
]);

export function isLasting({ code }: Pick<ProblemDetail, 'code'>): boolean {
  return LASTING.has(code) || isMistakeInExpression(code);
}

/** Diagnostics have a `-` in their codes and errors never. A task may end better the next time, and then it hands on what had no value. */
const isMistakeInExpression = (code: string): boolean => code.includes('-') && code !== 'no-value-yet';
