/** What package.json says about the repository that a package comes from. */
export interface RepositoryFields {
  readonly repository: { readonly type: 'git'; readonly url: string };
  readonly bugs: { readonly url: string };
  readonly homepage: string;
}

/**
 * The fields for a repository on GitHub.
 *
 * @param repository `OWNER/NAME`, as GitHub Actions gives it in `GITHUB_REPOSITORY`
 * @param server as GitHub Actions gives it in `GITHUB_SERVER_URL`
 * @throws Error if the repository is not `OWNER/NAME`
 */
export function repositoryFields(repository: string, server = 'https://github.com'): RepositoryFields {
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw new Error(`not OWNER/NAME: GITHUB_REPOSITORY=${repository}`);
  const page = `${server}/${repository}`;
  return {
    repository: { type: 'git', url: `git+${page}.git` },
    bugs: { url: `${page}/issues` },
    homepage: `${page}#readme`,
  };
}
