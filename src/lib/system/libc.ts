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
 * - `getsockname`, `getsockopt`, `setsockopt`: which of two servers at one port new connections go to (see listening-port.ts).
 * - `socket`, `sendto`: a datagram to a unix socket, which is how a service speaks to systemd.
 *
 * Linux only, glibc or musl. Elsewhere `libc()` throws `system.unsupported`.
 */

import { dlopen, ptr } from 'bun:ffi';
import { closeSync } from 'node:fs';
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
  getsockname: { args: ['int', 'ptr', 'ptr'], returns: 'int' },
  getsockopt: { args: ['int', 'int', 'int', 'ptr', 'ptr'], returns: 'int' },
  setsockopt: { args: ['int', 'int', 'int', 'ptr', 'u32'], returns: 'int' },
  socket: { args: ['int', 'int', 'int'], returns: 'int' },
  sendto: { args: ['int', 'ptr', 'u64', 'int', 'ptr', 'u32'], returns: 'i64' },
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
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_ACCEPTCONN = 30;
const SO_ATTACH_REUSEPORT_CBPF = 51;
const BPF_RET = 6;

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

/** The port of this end of an internet socket; undefined for a descriptor that is something else. */
export function socketPort(fd: number): number | undefined {
  const address = new DataView(new ArrayBuffer(128));
  if (libc().getsockname(fd, ptr(address), ptr(new Uint32Array([address.byteLength]))) !== 0) return undefined;
  const family = address.getUint16(0, true);
  return family === AF_INET || family === AF_INET6 ? address.getUint16(2) : undefined;
}

/** Whether a socket is one that connections come in by. */
export function acceptsConnections(fd: number): boolean {
  const value = new Int32Array(1);
  return (
    libc().getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, ptr(value), ptr(new Uint32Array([4]))) === 0 && value[0] === 1
  );
}

/**
 * Lets the kernel choose the n-th (from 0, in the order in which they began to listen) of all sockets at the port of this one for each new connection; where
 * there is no n-th, any. False when refused: the socket was not opened to share its port.
 */
export function chooseListener(fd: number, index: number): boolean {
  // A program of one instruction, "return index" (struct sock_filter), and its length and address (struct sock_fprog).
  const instruction = new DataView(new ArrayBuffer(8));
  instruction.setUint16(0, BPF_RET, true);
  instruction.setUint32(4, index, true);
  const program = new DataView(new ArrayBuffer(16));
  program.setUint16(0, 1, true);
  program.setBigUint64(8, BigInt(ptr(instruction)), true);
  return libc().setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, ptr(program), program.byteLength) === 0;
}

/** One datagram to the unix socket at a path, or to an abstract one (`@name`). False when it could not be sent. */
export function sendDatagram(path: string, text: string): boolean {
  const name = Buffer.from(path.startsWith('@') ? `\0${path.slice(1)}` : `${path}\0`);
  const address = Buffer.concat([Buffer.from([AF_UNIX, 0]), name]);
  const message = Buffer.from(text);
  const fd = libc().socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  try {
    const sent = libc().sendto(fd, ptr(message), BigInt(message.byteLength), 0, ptr(address), address.byteLength);
    return Number(sent) === message.byteLength;
  } finally {
    closeSync(fd);
  }
}

function noDescriptors(what: string): CodedError {
  return new CodedError('system.no_descriptors', `cannot open ${what}: this process has too many files open`, {
    hint: 'raise the limit on open files (ulimit -n) or run fewer steps at once (--concurrency)',
  });
}
