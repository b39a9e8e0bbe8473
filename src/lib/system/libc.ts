/**
 * The few calls of the C library that no JavaScript runtime offers and that this program cannot do without.
 *
 * Why each is here:
 * - `pipe2`: the runtime gives a child socket pairs for its output, and opening `/dev/stderr` on a socket fails (ENXIO), so
 *   `echo x > /dev/stderr` would break. A child gets real pipes.
 * - `ioctl(FIONREAD)`: how much waits in a pipe somebody else still holds open.
 * - `memfd_create`: stdin from memory, which can be reopened as `/dev/stdin` and never touches a disk.
 * - `setrlimit`, `prctl`, `waitpid`: finding and burying what a step left behind (see process-cookie.ts and orphans.ts).
 * - `clock_gettime`: a clock that goes on while the machine sleeps (see monotonic.ts).
 * - `flock`: a lock the kernel gives up when its holder dies, however it dies.
 *
 * Linux only, glibc or musl. Elsewhere `libc()` throws `system.unsupported`.
 */
import { dlopen, ptr } from 'bun:ffi';
import { CodedError } from '../coded-error.ts';

const CANDIDATES = ['libc.so.6', 'libc.musl-x86_64.so.1', 'libc.musl-aarch64.so.1'];

const SYMBOLS = {
  pipe2: { args: ['ptr', 'int'], returns: 'int' },
  ioctl: { args: ['int', 'u64', 'ptr'], returns: 'int' },
  memfd_create: { args: ['ptr', 'u32'], returns: 'int' },
  getrlimit: { args: ['int', 'ptr'], returns: 'int' },
  setrlimit: { args: ['int', 'ptr'], returns: 'int' },
  prctl: { args: ['int', 'u64', 'u64', 'u64', 'u64'], returns: 'int' },
  waitpid: { args: ['int', 'ptr', 'int'], returns: 'int' },
  clock_gettime: { args: ['int', 'ptr'], returns: 'int' },
  flock: { args: ['int', 'int'], returns: 'int' },
} as const;

type Symbols = ReturnType<typeof open>['symbols'];

const O_CLOEXEC = 0o2000000;
const MFD_CLOEXEC = 1;
const FIONREAD = 0x541bn;
const PR_SET_CHILD_SUBREAPER = 36;
const WNOHANG = 1;
const CLOCK_BOOTTIME = 7;
const LOCK_EX = 2;
const LOCK_NB = 4;

let loaded: Symbols | undefined;

function open(name: string) {
  return dlopen(name, SYMBOLS);
}

function libc(): Symbols {
  if (loaded !== undefined) return loaded;
  const failures: unknown[] = [];
  for (const name of process.platform === 'linux' ? CANDIDATES : []) {
    try {
      loaded = open(name).symbols;
      return loaded;
    } catch (error) {
      failures.push(error);
    }
  }
  throw new CodedError('system.unsupported', `cannot reach the C library on ${process.platform} ${process.arch}`, {
    hint: 'processes can be run on Linux (x64 and arm64, glibc or musl); run the worker there or in a container',
    cause: failures[0],
  });
}

/** A real pipe, both ends closed on exec. Throws `system.no_descriptors` when the process may open no more. */
export function createPipe(): { readEnd: number; writeEnd: number } {
  const ends = new Int32Array(2);
  if (libc().pipe2(ptr(ends), O_CLOEXEC) !== 0) throw noDescriptors('a pipe');
  const [readEnd = -1, writeEnd = -1] = ends;
  return { readEnd, writeEnd };
}

/** How many bytes wait in a pipe, not read yet. */
export function bytesWaiting(fd: number): number {
  const count = new Int32Array(1);
  return libc().ioctl(fd, FIONREAD, ptr(count)) === 0 ? (count[0] ?? 0) : 0;
}

/** A file that lives in memory only, closed on exec, empty. */
export function createMemoryFile(): number {
  const fd = libc().memfd_create(ptr(Buffer.from('stdin\0')), MFD_CLOEXEC);
  if (fd < 0) throw noDescriptors('a memory file');
  return fd;
}

/** The soft and hard value of one of this process's resource limits, or undefined where there is no such limit. */
export function getResourceLimit(resource: number): { soft: bigint; hard: bigint } | undefined {
  const pair = new BigUint64Array(2);
  if (libc().getrlimit(resource, ptr(pair)) !== 0) return undefined;
  const [soft = 0n, hard = 0n] = pair;
  return { soft, hard };
}

/** False when the system refuses. */
export function setResourceLimit(resource: number, limit: { soft: bigint; hard: bigint }): boolean {
  return libc().setrlimit(resource, ptr(new BigUint64Array([limit.soft, limit.hard]))) === 0;
}

/** From now on a descendant whose parent dies becomes a child of this process instead of init's. False when refused. */
export function becomeSubreaper(): boolean {
  return libc().prctl(PR_SET_CHILD_SUBREAPER, 1n, 0n, 0n, 0n) === 0;
}

/** Buries a dead child the runtime knows nothing of. Its wait status, or undefined when there was none to bury. */
export function buryChild(pid: number): number | undefined {
  const status = new Int32Array(1);
  return libc().waitpid(pid, ptr(status), WNOHANG) === pid ? status[0] : undefined;
}

/** Nanoseconds since boot, sleep included. */
export function bootTimeNs(): bigint {
  const time = new BigInt64Array(2);
  libc().clock_gettime(CLOCK_BOOTTIME, ptr(time));
  const [seconds = 0n, nanoseconds = 0n] = time;
  return seconds * 1_000_000_000n + nanoseconds;
}

/** Takes the exclusive lock on an open file without waiting. False when somebody else has it. */
export function tryLockFile(fd: number): boolean {
  return libc().flock(fd, LOCK_EX | LOCK_NB) === 0;
}

function noDescriptors(what: string): CodedError {
  return new CodedError('system.no_descriptors', `cannot open ${what}: this process has too many files open`, {
    hint: 'raise the limit on open files (ulimit -n) or run fewer steps at once (--concurrency)',
  });
}
