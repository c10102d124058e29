import { EggtoothError } from '../../errors';
import { type KubeObject, printReference, referenceTo } from '../../kubernetes/kube-object';
import { readPem } from '../../kubernetes/pem';
import type { Rule } from '../finding';
import { CA_ANNOTATION } from '../proxy-url';

/**
 * The HelmRepositories of an endpoint give the same CA for it, or none: each Secret would get all of them, and whoever
 * holds a CA that is not the endpoint's could pose as the endpoint.
 */
export const caSingle: Rule = {
  id: 'ca-single',
  severity: 'error',
  stops: 'signing',
  *check({ repositories }) {
    const firsts = new Map<string, { readonly object: KubeObject; readonly ca: string }>();
    for (const { object, target } of repositories) {
      if (target instanceof EggtoothError || target.endpoint.certificateAuthority === undefined) continue;
      const { url, certificateAuthority } = target.endpoint;
      const ca = canonical(certificateAuthority);
      const first = firsts.get(url) ?? { object, ca };
      firsts.set(url, first);
      if (first.ca === ca) continue;
      yield {
        object,
        field: `metadata.annotations['${CA_ANNOTATION}']`,
        message: `gives another CA for ${url} than ${printReference(referenceTo(first.object))}, so one of them is wrong`,
        fix: 'give the same CA in every HelmRepository of this endpoint',
      };
    }
  },
};

/** The certificates of a CA bundle, whatever their order, line lengths and line ends. */
function canonical(bundle: string): string {
  const bodies = readPem(bundle).map(({ text = '' }) => text.replace(/-----[^-]*-----|\s/g, ''));
  return [...new Set(bodies)].sort().join();
}
