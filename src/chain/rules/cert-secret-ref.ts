import type { Rule } from '../finding';

/** Without a certSecretRef, Flux is system:anonymous to the API server, which answers 403. */
export const certSecretRef: Rule = {
  id: 'cert-secret-ref',
  severity: 'error',
  stops: 'signing',
  *check({ repositories }) {
    for (const { object, secret } of repositories) {
      if (secret !== undefined && secret.name !== '') continue;
      yield {
        object,
        field: 'spec.certSecretRef.name',
        message: 'no Secret is named, so Flux has no certificate and the API server answers 403',
        fix: "name the Secret of the certificate; it is in the HelmRepository's namespace",
      };
    }
  },
};
