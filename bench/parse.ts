import type { Figure } from './figure.ts';
import { interleave, PROGRAM, timeCommand, workplace } from './program.ts';
import { median } from './statistics.ts';
import type { Suite } from './suite.ts';

const SIZES = [100, 1_000, 5_000, 20_000, 50_000] as const;
/** What the longer text may cost a line, against the shorter: a little over 1 for caches and collection, far from the 10 of a square. */
const LINEAR = 1.5;

/**
 * `pikoci validate` of pipelines of 100 to 50,000 lines: read, parsed, evaluated, validated. What the program takes for ten lines is its start
 * and counts for none.
 */
export const parse: Suite = {
  about: 'pikoci validate, 100 to 50,000 lines of HCL',
  async run({ runs, say }) {
    using place = workplace();
    const files = [10, ...SIZES].map((lines) => place.write(`${lines}.hcl`, pipelineOf(lines)));
    const measured = await interleave(
      files.map((file) => () => timeCommand(PROGRAM, ['validate', file], place)),
      { runs, warmUps: 1 },
    );
    const startMs = median(measured[0] ?? []);
    say(`the program's own start, left out of the figures: ${startMs.toFixed(1)} ms`);
    const perLine = SIZES.map((lines, i) => (measured[i + 1] ?? []).map((ms) => Math.max(0.01, ms - startMs) / lines));
    const figures = SIZES.map((lines, i): Figure => {
      const name = `parse ${lines.toLocaleString('en')} lines`;
      // The start's own scatter is larger than what a hundred lines take, so those are given with it.
      if (lines < 1_000) return { name: `${name}, with the start`, unit: 'ms', samples: measured[i + 1] ?? [] };
      const samples = (perLine[i] ?? []).map((ms) => 1_000 / ms);
      return { name, unit: 'lines/s', samples, goal: { kind: 'least', value: 20_000 } };
    });
    const [small, large] = [perLine[SIZES.indexOf(5_000)] ?? [], perLine[SIZES.indexOf(50_000)] ?? []];
    return [
      ...figures,
      {
        name: 'parse, cost of a line',
        unit: 'ms',
        samples: large,
        peer: { name: 'the same at 5,000 lines', samples: small },
        goal: { kind: 'ratio', most: LINEAR },
      },
    ];
  },
};

/** A pipeline of about this many lines with what real ones have: resources, variables, templates, hooks, expressions, jobs behind jobs. */
export function pipelineOf(lines: number): string {
  const out = [
    'variable "greeting" {',
    '  default = "hello"',
    '}',
    'resource "cron" "tick" {',
    '  check_interval = "@every 1h"',
    '}',
  ];
  for (let job = 0; out.length < lines; job++) {
    out.push(`job "job-${job}" {`);
    out.push(`  get "cron" "tick" {`, `    trigger = ${job === 0}`);
    if (job > 0) out.push(`    passed  = ["job-${job - 1}"]`);
    out.push('  }');
    for (let task = 0; task < 12 && out.length < lines - 1; task++) {
      out.push(
        `  task "task-${task}" {`,
        '    run "exec" {',
        '      path = "/bin/sh"',
        `      args = ["-ec", "echo \${var.greeting} ${job} \${${task} + 1}", var.greeting == "hello" ? "yes" : "no"]`,
        '    }',
        `    # what comes after it`,
        `    timeout = "${task + 1}m"`,
        '  }',
      );
    }
    out.push('}');
  }
  return `${out.join('\n')}\n`;
}
