/** What the documentation holds, in the order in which one reads it. A page of docs/ that is not here fails the build. */
export interface Chapter {
  readonly title: string;
  /** Names of files in docs/, without `.md`. */
  readonly pages: readonly string[];
}

export const CHAPTERS: readonly Chapter[] = [
  { title: 'Begin', pages: ['index', 'github', 'run', 'command-line', 'editors'] },
  {
    title: 'Pipelines',
    pages: [
      'pipelines',
      'scheduling',
      'inputs',
      'approvals',
      'modules',
      'set-pipeline',
      'secrets',
      'artifacts',
      'caches',
      'test-reports',
      'notifications',
      'limits',
      'hcl-differences',
    ],
  },
  { title: 'Types', pages: ['built-ins', 'resources', 'runners', 'services', 'sources'] },
  {
    title: 'Running it',
    pages: [
      'server',
      'workers',
      'databases',
      'several-servers',
      'redeploy',
      'export',
      'users',
      'sign-in',
      'repositories',
      'repository-builds',
      'revisions',
      'retention',
      'performance',
      'pairs',
      'chaos',
    ],
  },
  { title: 'Reference', pages: ['commands', 'blocks', 'functions', 'diagnostics', 'api', 'file-commands', 'console'] },
];
