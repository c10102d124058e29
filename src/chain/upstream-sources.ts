import { fieldAt, stringAt } from '../kubernetes/fields';
import { isHelmRepository, isOciRepository } from '../kubernetes/kinds';
import type { KubeObject } from '../kubernetes/kube-object';
import { isLocalHost } from './node-ports';
import { meansProxy } from './proxy-url';

/** A HelmRepository or OCIRepository that Flux reads neither through the API server nor on its node. */
export interface UpstreamSource {
  readonly object: KubeObject;
  /** Scheme of its URL: `https`, `http` or `oci`. */
  readonly scheme: string;
  /** Host of its URL, in lower case and without the dot of the root. */
  readonly host: string;
}

/** The upstream sources of a bundle that Flux reads: those that are suspended, and those with another URL, are left out. */
export function readUpstreamSources(objects: readonly KubeObject[]): readonly UpstreamSource[] {
  return objects.flatMap((object): UpstreamSource[] => {
    if (!isHelmRepository(object) && !isOciRepository(object)) return [];
    const url = stringAt(object, 'spec', 'url') ?? '';
    if (fieldAt(object, 'spec', 'suspend') === true || !URL.canParse(url) || meansProxy(url)) return [];
    const { protocol, hostname } = new URL(url);
    const host = hostname.toLowerCase().replace(/\.$/, '');
    return isLocalHost(host) ? [] : [{ object, scheme: protocol.slice(0, -1), host }];
  });
}
