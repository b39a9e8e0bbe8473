/**
 * The address of the file itself, for that of the page on which a forge shows it; undefined for any other address. Known are the forms of
 * GitHub, GitLab, Gitea and Forgejo, and Bitbucket, where they can be told by the path alone also on other hosts.
 */
export function rawAddress(page: URL): string | undefined {
  const { origin, host, pathname } = page;
  const github = /^\/([^/]+)\/([^/]+)\/blob\/(.+)$/.exec(pathname);
  if (host === 'github.com' && github !== null) {
    const [, owner, repository, rest] = github;
    return `https://raw.githubusercontent.com/${owner}/${repository}/${rest}`;
  }
  if (host === 'gist.github.com') return `${origin}${pathname.replace(/\/$/, '')}/raw`;
  if (pathname.includes('/-/blob/')) return `${origin}${pathname.replace('/-/blob/', '/-/raw/')}`;
  const gitea = /^\/[^/]+\/[^/]+\/src\/(branch|tag|commit)\//.exec(pathname);
  if (gitea !== null) return `${origin}${pathname.replace('/src/', '/raw/')}`;
  if (host === 'bitbucket.org' && /^\/[^/]+\/[^/]+\/src\//.test(pathname)) {
    return `${origin}${pathname.replace('/src/', '/raw/')}`;
  }
  return undefined;
}
