/** Which versions of pikoci work together: a worker may be one minor version older or newer than its server. */

export interface ProgramVersion {
  /** Of pikoci: `1.4.0`. What is not of this form is not judged. */
  readonly version: string;
  readonly protocol: number;
}

const MINORS_APART = 1;

/** What is wrong, and what helps; `undefined`: they work together. */
export function versionSkew(
  server: ProgramVersion,
  worker: ProgramVersion,
): { readonly message: string; readonly hint: string } | undefined {
  const [ours, theirs] = [minorOf(server.version), minorOf(worker.version)];
  const judged = ours !== undefined && theirs !== undefined;
  const apart =
    (judged && (ours.major !== theirs.major || Math.abs(ours.minor - theirs.minor) > MINORS_APART)) ||
    Math.abs(server.protocol - worker.protocol) > 1;
  if (!apart) return undefined;
  const workerIsOlder =
    judged && (ours.major !== theirs.major || ours.minor !== theirs.minor)
      ? theirs.major < ours.major || (theirs.major === ours.major && theirs.minor < ours.minor)
      : worker.protocol < server.protocol;
  const versions = `the server is pikoci ${server.version} (protocol ${server.protocol}), and the worker ${worker.version} (protocol ${worker.protocol})`;
  return workerIsOlder
    ? {
        message: `${versions}: upgrade the worker`,
        hint: `a worker may be one minor version behind its server: run pikoci ${server.version} there`,
      }
    : {
        message: `${versions}: upgrade the server`,
        hint: `a worker may be one minor version ahead of its server: upgrade the server first, or run pikoci ${server.version} as worker`,
      };
}

function minorOf(version: string): { readonly major: number; readonly minor: number } | undefined {
  const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(version) ?? [];
  return major === undefined || minor === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}
