import type { Problem } from '../errors';
import { groupOf, type KubeObject } from './kube-object';
import { isDnsLabel, isDnsSubdomain, isPathSegment } from './names';

/** What the names of a kind have to be. */
interface Form {
  readonly is: (name: string) => boolean;
  readonly fix: string;
}

const [LETTERS, ENDS] = ['lower-case letters, digits and -', 'that starts and ends with a letter or a digit'];

const subdomain: Form = { is: isDnsSubdomain, fix: `use a name of at most 253 ${LETTERS} . ${ENDS}` };
const label = (longest: number): Form => ({
  is: (name) => isDnsLabel(name) && name.length <= longest,
  fix: `use a name of at most ${longest} ${LETTERS} ${ENDS}`,
});
const segment: Form = { is: isPathSegment, fix: 'use a name without / and %' };

/** Kinds whose names are not DNS subdomains, by their group and kind. */
const forms: Readonly<Record<string, Form>> = {
  Namespace: label(63),
  Service: {
    is: (name) => isDnsLabel(name) && /^[a-z]/.test(name),
    fix: `use a name of at most 63 ${LETTERS} that starts with a letter and ends with a letter or a digit`,
  },
  // Pods get these names in labels, which have at most 63 characters: with 11 for the revision of a StatefulSet, or for
  // the time of a CronJob.
  'apps StatefulSet': label(52),
  'batch CronJob': { is: (name) => isDnsSubdomain(name) && name.length <= 52, fix: label(52).fix },
  'batch Job': { is: (name) => isDnsSubdomain(name) && name.length <= 63, fix: label(63).fix },
};

/** Groups of Kubernetes in which the other names are DNS subdomains. */
const SUBDOMAINS = new Set(['', 'apps', 'batch', 'autoscaling', 'policy', 'apiextensions.k8s.io', 'storage.k8s.io']);

/** What is wrong with a name in the metadata of an object. */
export interface NameProblem extends Problem {
  /** Path of the name. */
  readonly field: 'metadata.name' | 'metadata.namespace';
}

/** What is wrong with the name or the namespace of an object: the API server would refuse it, or its pods. */
export function nameProblem(object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>): NameProblem | undefined {
  const { name, namespace } = object.metadata;
  if (typeof name === 'string' && !formOf(object).is(name)) {
    return { field: 'metadata.name', problem: `invalid name: ${JSON.stringify(name)}`, fix: formOf(object).fix };
  }
  if (typeof namespace === 'string' && namespace !== '' && !isDnsLabel(namespace)) {
    const problem = `invalid namespace: ${JSON.stringify(namespace)}`;
    return { field: 'metadata.namespace', problem, fix: label(63).fix };
  }
  return undefined;
}

function formOf({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): Form {
  const group = groupOf(apiVersion);
  const form = forms[`${group} ${kind}`.trim()];
  if (form !== undefined) return form;
  return SUBDOMAINS.has(group) || !/(^|\.)k8s\.io$/.test(group) ? subdomain : segment;
}
