import { isSecret } from '../../kubernetes/kinds';
import type { Rule } from '../finding';

/** The signing step alone writes the Secret: another copy in the bundle would overwrite the key with each apply. */
export const secretWriter: Rule = {
  id: 'secret-writer',
  severity: 'error',
  *check({ objects, repositories }) {
    const named = new Set(repositories.map(({ secret }) => `${secret?.namespace}/${secret?.name}`));
    for (const object of objects) {
      if (!isSecret(object)) continue;
      if (!named.has(`${object.metadata.namespace ?? 'default'}/${object.metadata.name}`)) continue;
      yield {
        object,
        field: 'metadata.name',
        message: 'this Secret is also the one that the signing step writes: applying the bundle would undo that',
        fix: 'take the Secret out of the bundle, or let the HelmRepositories name another one',
      };
    }
  },
};
