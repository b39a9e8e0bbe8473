import { expect, test } from 'bun:test';
import type { GetStep, PutStep, Step } from '../pipeline/plan-step.ts';
import { shapeOfPipeline } from './pipeline-shape.ts';

const at = { file: 'pipeline.hcl', line: 1, column: 1 };
const common = (name: string) => ({
  id: name,
  name,
  at,
  attempts: { count: 1, on: [], delayMs: 0 },
  allowFailure: false,
  hooks: {},
});
const get = (resource: string, passed: string[] = []): GetStep => ({
  ...common(resource),
  kind: 'get',
  resource,
  trigger: true,
  passed,
  version: 'latest',
  params: {},
});
const put = (resource: string): PutStep => ({ ...common(resource), kind: 'put', resource, params: {}, noGet: false });
const group = (steps: Step[]): Step => ({ ...common('group'), kind: 'in_parallel', failFast: false, steps });

test('gets and puts are found in groups and in hooks, at any depth', () => {
  const shape = shapeOfPipeline({
    resources: [],
    jobs: [
      {
        name: 'ship--eu',
        group: 'ship',
        at,
        services: [],
        steps: [
          group([get('git.a'), group([get('git.b', ['test'])])]),
          { ...put('image.i'), hooks: { ensure: [put('log.l')] } },
        ],
        hooks: { onFailure: [put('chat.c')] },
        serialGroups: [],
        priority: 0,
        tags: [],
        interruptible: false,
        disableManualTrigger: false,
      },
    ],
  });
  expect(shape.jobs).toEqual([
    {
      name: 'ship--eu',
      group: 'ship',
      inputs: [
        { resource: 'git.a', trigger: true, passed: [] },
        { resource: 'git.b', trigger: true, passed: ['test'] },
      ],
      outputs: ['image.i', 'log.l', 'chat.c'],
    },
  ]);
});
