import { isSecret } from '../../kubernetes/kinds';
import type { Rule } from '../finding';
import { secretMentionsOf } from '../secret-mentions';

/** Only the HelmRepositories of the chain name its Secret: whoever else uses it reads as the user, or shows the key. */
export const secretExclusive: Rule = {
  id: 'secret-exclusive',
  severity: 'error',
  stops: 'signing',
  *check({ objects, repositories }) {
    const secrets = new Set(
      repositories.flatMap(({ secret }) => (secret ? [`${secret.namespace}/${secret.name}`] : [])),
    );
    if (secrets.size === 0) return;
    const readers = new Set(repositories.map(({ object }) => object));
    for (const object of objects) {
      if (isSecret(object)) continue;
      for (const { field, name, namespaces } of secretMentionsOf(object)) {
        if (readers.has(object) && field === 'spec.certSecretRef.name') continue;
        const found = namespaces.map((namespace) => `${namespace}/${name}`).find((secret) => secrets.has(secret));
        if (found === undefined) continue;
        yield {
          object,
          field,
          message: `uses Secret ${found}, which contains the key of a reader`,
          fix: 'use another Secret: only HelmRepositories that read through the API server need this one',
        };
      }
    }
  },
};
