import type { KubeObject } from '../../kubernetes/kube-object';
import type { Rule } from '../finding';

/** All HelmRepositories that name a Secret read as the same user, because it contains one certificate. */
export const secretReader: Rule = {
  id: 'secret-reader',
  severity: 'error',
  stops: 'signing',
  *check({ credentials }) {
    const readers = new Map<string, { user: string; object: KubeObject }>();
    for (const { user, repositories } of credentials) {
      for (const { object, secret } of repositories) {
        if (secret === undefined) continue;
        const key = `${secret.namespace}/${secret.name}`;
        const first = readers.get(key) ?? { user, object };
        readers.set(key, first);
        if (first.user === user) continue;
        yield {
          object,
          field: 'spec.certSecretRef.name',
          message: `Secret ${key} would need the certificates of both ${first.user} and ${user}`,
          fix: 'use a different Secret for each user',
        };
      }
    }
  },
};
