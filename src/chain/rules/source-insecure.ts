import { fieldAt, stringAt } from '../../kubernetes/fields';
import type { Fault, Rule } from '../finding';
import { readUpstreamSources, type UpstreamSource } from '../upstream-sources';

/** Without TLS, everyone between Flux and a server can replace a chart, and read the credentials that Flux sends. */
export const sourceInsecure: Rule = {
  id: 'source-insecure',
  severity: 'warning',
  *check({ objects }) {
    for (const source of readUpstreamSources(objects)) {
      const fault = source.scheme === 'http' ? plainHttp(source) : insecureRegistry(source);
      if (fault !== undefined) yield fault;
    }
  },
};

const WITH_CA = 'for a server with a CA of its own, put the CA into ca.crt of the Secret of spec.certSecretRef';

function plainHttp({ object }: UpstreamSource): Fault {
  return {
    object,
    field: 'spec.url',
    message: 'with http, everyone on the way to the server decides what Flux installs',
    fix: `use https; ${WITH_CA}`,
  };
}

/** The addresses at which go-containerregistry, with which Flux reads, tries http too (RFC 1918). */
const PRIVATE = /^(10|172\.(1[6-9]|2\d|3[01])|192\.168)\.[\d.]+$/;

function insecureRegistry({ object, scheme, host }: UpstreamSource): Fault | undefined {
  const isInsecure = fieldAt(object, 'spec', 'insecure') === true;
  if (scheme !== 'oci' || !(isInsecure || PRIVATE.test(host))) return undefined;
  const [field, why, fix] = isInsecure
    ? ['spec.insecure', 'with insecure', `remove it; ${WITH_CA}`]
    : ['spec.url', 'since Flux uses http too at a private address', 'use the name of the host, with TLS'];
  if (fieldAt(object, 'spec', 'secretRef') !== undefined) {
    const message = `${why}, everyone on the way to the registry may read the credentials of spec.secretRef`;
    return { object, field, message, fix };
  }
  // Flux compares what it reads with the digest, and with what was signed.
  if (stringAt(object, 'spec', 'ref', 'digest') || fieldAt(object, 'spec', 'verify') !== undefined) return undefined;
  return {
    object,
    field,
    message: `${why}, everyone on the way to the registry decides what Flux installs`,
    fix: `${fix}; or name a digest in spec.ref, or set spec.verify`,
  };
}
