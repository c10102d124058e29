import type { Rule } from '../finding';

/**
 * Each endpoint is read as one user: source-controller keeps connections to a host and port open for up to 60 s and reuses
 * them for other HelmRepositories, whatever their certificate (measured with v1.9.6).
 */
export const endpointIdentity: Rule = {
  id: 'endpoint-identity',
  severity: 'error',
  stops: 'signing',
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
          message: `reads ${url} as ${user}, while others read it as ${first}: source-controller reuses connections, so each can use the rights of the other`,
          fix: 'read everything at this endpoint as one user, or use another endpoint for the other user',
        };
      }
    }
  },
};
