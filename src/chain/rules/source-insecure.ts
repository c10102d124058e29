import { fieldAt, stringAt } from '../../kubernetes/fields';
import type { KubeObject } from '../../kubernetes/kube-object';
import type { Fault, Rule } from '../finding';
import { readUpstreamSources } from '../upstream-sources';

/** Without TLS, everyone between Flux and a server can replace a chart, and read the credentials that Flux sends. */
export const sourceInsecure: Rule = {
  id: 'source-insecure',
  severity: 'warning',
  *check({ objects }) {
    for (const { object, scheme } of readUpstreamSources(objects)) {
      const fault = scheme === 'http' ? plainHttp(object) : scheme === 'oci' ? insecureRegistry(object) : undefined;
      if (fault !== undefined) yield fault;
    }
  },
};

function plainHttp(object: KubeObject): Fault {
  return {
    object,
    field: 'spec.url',
    message: 'with http, everyone on the way to the server decides what Flux installs',
    fix: 'use https; for a server with a CA of its own, put the CA into ca.crt of the Secret of spec.certSecretRef',
  };
}

function insecureRegistry(object: KubeObject): Fault | undefined {
  if (fieldAt(object, 'spec', 'insecure') !== true) return undefined;
  const fault = { object, field: 'spec.insecure' };
  const trust =
    'remove it; for a registry with a CA of its own, put the CA into ca.crt of the Secret of spec.certSecretRef';
  if (fieldAt(object, 'spec', 'secretRef') !== undefined) {
    return { ...fault, message: 'Flux may send the credentials of spec.secretRef without TLS', fix: trust };
  }
  // Flux compares what it reads with the digest, and with what was signed.
  if (stringAt(object, 'spec', 'ref', 'digest') || fieldAt(object, 'spec', 'verify') !== undefined) return undefined;
  return {
    ...fault,
    message: 'everyone on the way to the registry decides what Flux installs',
    fix: `${trust}; or name a digest in spec.ref, or set spec.verify`,
  };
}
