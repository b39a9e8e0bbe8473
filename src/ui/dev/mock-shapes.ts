import type { PipelineShape } from '../../graph/pipeline-shape.ts';

type Job = PipelineShape['jobs'][number];
const job = (
  name: string,
  inputs: (readonly [address: string, trigger: boolean, ...passed: string[]])[],
  outputs: string[] = [],
): Job => ({
  name,
  group: name.split('--')[0] ?? name,
  inputs: inputs.map(([resource, trigger, ...passed]) => ({ resource, trigger, passed })),
  outputs,
});
const resource = (address: string) => ({
  address,
  type: address.slice(0, address.indexOf('.')),
  name: address.slice(address.indexOf('.') + 1),
});

export const SHAPES: Readonly<Record<string, () => PipelineShape>> = {
  quickstart: () => ({
    resources: [resource('cron.tick')],
    jobs: [job('hello', [['cron.tick', true]])],
  }),
  shop: () => ({
    resources: ['git.shop', 'git.infra', 'cron.nightly', 'registry-image.shop'].map(resource),
    jobs: [
      job('lint', [['git.shop', true]]),
      job('unit', [['git.shop', true]]),
      job('integration', [['git.shop', true]]),
      job('image', [['git.shop', true, 'lint', 'unit', 'integration']], ['registry-image.shop']),
      job('deploy-staging', [
        ['git.shop', true, 'image'],
        ['git.infra', false],
      ]),
      job('e2e', [
        ['git.shop', true, 'deploy-staging'],
        ['cron.nightly', true],
      ]),
      job('deploy-production', [
        ['git.shop', false, 'e2e'],
        ['git.infra', false, 'deploy-staging'],
      ]),
    ],
  }),
  library: () => ({
    resources: ['git.lib'].map(resource),
    jobs: [
      ...['18', '20', '22', '24'].flatMap((node) =>
        ['linux', 'mac', 'windows'].map((os) => job(`test--${os}-${node}`, [['git.lib', true]])),
      ),
      job(
        'publish',
        [
          [
            'git.lib',
            false,
            ...['18', '20', '22', '24'].flatMap((node) =>
              ['linux', 'mac', 'windows'].map((os) => `test--${os}-${node}`),
            ),
          ],
        ],
        ['npm-package.lib'],
      ),
    ],
  }),
  small: () => ({
    resources: [resource('git.app')],
    jobs: [job('test', [['git.app', true]]), job('ship', [['git.app', true, 'test']])],
  }),
  large: () => ({
    resources: [resource('git.mono')],
    jobs: Array.from({ length: 200 }, (_, i) =>
      job(`svc-${i}`, [i < 20 ? ['git.mono', true] : ['git.mono', true, `svc-${i - 20}`]]),
    ),
  }),
};
