import type { Rule } from '../finding';

/**
 * One identity for one endpoint: source-controller keeps connections to a host and port open for up to 60 s and reuses
 * them for other HelmRepositories, whatever their certificate (measured with v1.9.6).
 */
export const endpointIdentity: Rule = {
  id: 'endpoint-identity',
  severity: 'error',
  *check({ credentials }) {
    const users = new Map<string, string>();
    for (const { user, repositories } of credentials) {
      for (const { object, target } of repositories) {
        const { url } = target.endpoint;
        const first = users.get(url) ?? user;
        users.set(url, first);
        if (first === user) continue;
        yield {
          object,
          field: 'spec.url',
          message: `reads ${url} as ${user}, others read it as ${first}: source-controller reuses connections, so the rights of one leak to the other`,
          fix: 'let one user read everything at one endpoint, or give the other its own endpoint',
        };
      }
    }
  },
};
