import { stat, writeFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import type { Command } from 'commander';
import type { PngAssets } from '../graph/render-png.ts';
import { assertNever } from '../lib/assert-never.ts';
import { CodedError } from '../lib/coded-error.ts';
import { nearest } from '../lib/nearest.ts';
import { fileError } from '../lib/system/file-error.ts';
import type { Pipeline } from '../pipeline/model.ts';
import { addFileOptions, type FileCommandContext, type FileOptions, loadNamedFile, rendered } from './file-commands.ts';

export interface GraphContext extends FileCommandContext {
  readonly pngAssets: () => Promise<PngAssets>;
}

interface GraphOptions extends FileOptions {
  readonly format?: string;
  readonly output?: string;
}

const GRAPH_FORMATS = ['svg', 'png', 'dot', 'json', 'mermaid'] as const;
type GraphFormat = (typeof GRAPH_FORMATS)[number];

/** What a file's name says about what should be in it. */
const FORMAT_OF_ENDING: Readonly<Record<string, GraphFormat>> = {
  '.svg': 'svg',
  '.png': 'png',
  '.dot': 'dot',
  '.gv': 'dot',
  '.json': 'json',
  '.mmd': 'mermaid',
  '.mermaid': 'mermaid',
};

export function registerGraphCommand(program: Command, context: GraphContext): void {
  addFileOptions(program.command('graph [file]'))
    .description('Draw a pipeline.')
    .option('--format <format>', `${GRAPH_FORMATS.join(', ')} (default: what --output ends in, else svg)`)
    .option('-o, --output <file>', 'where the picture goes, instead of standard output')
    .addHelpText(
      'after',
      `
Examples:
  pikoci graph pipeline.hcl --output pipeline.png
  pikoci graph --format mermaid pipeline.hcl`,
    )
    .action(async (file: string | undefined, options: GraphOptions) =>
      context.exit(await graph(file, options, context)),
    );
}

async function graph(file: string | undefined, options: GraphOptions, context: GraphContext): Promise<number> {
  const { output } = options;
  if (output?.toLowerCase().endsWith('.hcl') === true) {
    throw new CodedError(
      'usage.bad_value',
      `--output: ${output} is named as a pipeline is, and would be overwritten with a picture`,
      {
        hint: 'choose another name, such as pipeline.svg',
      },
    );
  }
  const format = formatOf(options);
  if (format === 'png' && output === undefined && context.stdout.isTTY === true) {
    throw new CodedError('usage.bad_value', 'a PNG picture would only upset this terminal', {
      hint: 'write it to a file with --output pipeline.png',
    });
  }
  const { name, result } = await loadNamedFile(file, options, context);
  if (output !== undefined && (await isSameFile(resolve(context.cwd, output), resolve(context.cwd, name)))) {
    throw new CodedError(
      'usage.bad_value',
      `--output: ${output} is the pipeline, and would be overwritten with a picture`,
    );
  }
  if (result.pipeline === undefined) {
    context.stderr.write(rendered(result.diagnostics, result.sources, context));
    return 1;
  }
  const drawn = await draw(result.pipeline, name, format, context);
  if (output === undefined) context.stdout.write(drawn);
  else {
    try {
      await writeFile(resolve(context.cwd, output), drawn);
    } catch (error) {
      throw fileError(error, 'write', output);
    }
  }
  return 0;
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => stat(path).catch(() => undefined)));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

function formatOf({ format, output }: GraphOptions): GraphFormat {
  if (format === undefined) return formatOfFile(output ?? '');
  const known = GRAPH_FORMATS.find((each) => each === format);
  if (known !== undefined) return known;
  const near = nearest(format, GRAPH_FORMATS);
  throw new CodedError(
    'usage.bad_value',
    `--format: "${format}" is not one of ${GRAPH_FORMATS.join(', ')}`,
    near === undefined ? {} : { hint: `did you mean ${near}?` },
  );
}

function formatOfFile(output: string): GraphFormat {
  const ending = extname(output).toLowerCase();
  if (ending === '') return 'svg';
  const format = FORMAT_OF_ENDING[ending];
  if (format !== undefined) return format;
  throw new CodedError(
    'usage.bad_value',
    `--output: ${output} ends in "${ending}", which is not one of ${Object.keys(FORMAT_OF_ENDING).join(', ')}`,
    { hint: `name it so, or say with --format what goes into it: ${GRAPH_FORMATS.join(', ')}` },
  );
}

async function draw(
  pipeline: Pipeline,
  name: string,
  format: GraphFormat,
  context: GraphContext,
): Promise<string | Uint8Array> {
  const { layoutPipeline } = await import('../graph/layout.ts');
  const { shapeOfPipeline } = await import('../graph/pipeline-shape.ts');
  const view = layoutPipeline(shapeOfPipeline(pipeline));
  switch (format) {
    case 'svg':
      return (await import('../graph/render-svg.ts')).renderSvg(view);
    case 'png': {
      const { renderSvg } = await import('../graph/render-svg.ts');
      const { renderPng } = await import('../graph/render-png.ts');
      return renderPng(renderSvg(view), await context.pngAssets());
    }
    case 'dot':
      return (await import('../graph/render-dot.ts')).renderDot(view, name);
    case 'json':
      return (await import('../graph/render-json.ts')).renderJson(view);
    case 'mermaid':
      return (await import('../graph/render-mermaid.ts')).renderMermaid(view);
    default:
      return assertNever(format);
  }
}
