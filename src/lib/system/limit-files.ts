/** Which files of a cgroup say how much the processes in it may take, in both versions of the kernel's interface. */

export interface ResourceLimits {
  /** Bytes. */
  readonly memory?: number | undefined;
  /** How many processors, for example 1.5. */
  readonly cpus?: number | undefined;
  /** Processes and threads together. */
  readonly pids?: number | undefined;
}

export type CgroupVersion = 1 | 2;

/** The kernel's word for who enforces a limit. */
export type Controller = 'memory' | 'cpu' | 'pids';

export interface LimitFile {
  readonly name: string;
  readonly text: string;
  /** It is there only where the kernel counts swap. */
  readonly optional?: true;
}

export interface ControllerLimit {
  readonly limit: keyof ResourceLimits;
  readonly controller: Controller;
  readonly files: Readonly<Record<CgroupVersion, readonly LimitFile[]>>;
  /** Where the kernel counts how often the limit was met, and under which word. */
  readonly count?: { readonly file: Readonly<Record<CgroupVersion, string>>; readonly word: string };
}

/** Of which time a share is given: the kernel's own default. */
const CPU_PERIOD_US = 100_000;

export function limitFiles({ memory, cpus, pids }: ResourceLimits): ControllerLimit[] {
  const found: ControllerLimit[] = [];
  if (memory !== undefined) {
    const bytes = String(memory);
    found.push({
      limit: 'memory',
      controller: 'memory',
      files: {
        // Memory and swap together may not be less than memory: in this order.
        1: [
          { name: 'memory.limit_in_bytes', text: bytes },
          { name: 'memory.memsw.limit_in_bytes', text: bytes, optional: true },
        ],
        2: [
          { name: 'memory.max', text: bytes },
          { name: 'memory.swap.max', text: '0', optional: true },
        ],
      },
      count: { file: { 1: 'memory.oom_control', 2: 'memory.events' }, word: 'oom_kill' },
    });
  }
  if (cpus !== undefined) {
    const quota = String(Math.round(cpus * CPU_PERIOD_US));
    found.push({
      limit: 'cpus',
      controller: 'cpu',
      files: {
        1: [
          { name: 'cpu.cfs_period_us', text: String(CPU_PERIOD_US) },
          { name: 'cpu.cfs_quota_us', text: quota },
        ],
        2: [{ name: 'cpu.max', text: `${quota} ${CPU_PERIOD_US}` }],
      },
    });
  }
  if (pids !== undefined) {
    const file: LimitFile = { name: 'pids.max', text: String(pids) };
    found.push({
      limit: 'pids',
      controller: 'pids',
      files: { 1: [file], 2: [file] },
      count: { file: { 1: 'pids.events', 2: 'pids.events' }, word: 'max' },
    });
  }
  return found;
}
