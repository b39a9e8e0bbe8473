/**
 * How ssh is started: it asks nobody, uses no other key than the one given, and trusts the server it was told of; where none was told, the first
 * one it sees.
 */
export function sshOptions(keyFile: string | undefined, knownHostsFile: string | undefined): string[] {
  const options = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=30'];
  if (knownHostsFile === undefined) options.push('-o', 'StrictHostKeyChecking=accept-new');
  else options.push('-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${knownHostsFile}`);
  if (keyFile !== undefined) options.push('-i', keyFile, '-o', 'IdentitiesOnly=yes');
  return options;
}
