import type { Rule } from '../finding';

/** Without a certSecretRef Flux comes as system:anonymous and gets 403. */
export const certSecretRef: Rule = {
  id: 'cert-secret-ref',
  severity: 'error',
  *check({ repositories }) {
    for (const { object, secret } of repositories) {
      if (secret !== undefined && secret.name !== '') continue;
      yield {
        object,
        field: 'spec.certSecretRef.name',
        message: 'no Secret is named, so Flux would come to the API server without a certificate and get 403',
        fix: "name the Secret that holds the certificate; it lies in the HelmRepository's own namespace",
      };
    }
  },
};
