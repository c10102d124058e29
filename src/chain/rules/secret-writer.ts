import { namespaceOf } from '../../kubernetes/identity';
import { isSecret } from '../../kubernetes/kinds';
import type { Rule } from '../finding';

/** Only the signing step writes the Secret: with a copy in the bundle, each apply would overwrite the key. */
export const secretWriter: Rule = {
  id: 'secret-writer',
  severity: 'error',
  stops: 'signing',
  *check({ objects, repositories }) {
    const named = new Set(repositories.map(({ secret }) => `${secret?.namespace}/${secret?.name}`));
    for (const object of objects) {
      if (!isSecret(object)) continue;
      if (!named.has(`${namespaceOf(object.metadata)}/${object.metadata.name}`)) continue;
      yield {
        object,
        field: 'metadata.name',
        message: 'the signing step writes this Secret, and applying the bundle would overwrite it',
        fix: 'remove the Secret from the bundle, or name another one in the HelmRepositories',
      };
    }
  },
};
