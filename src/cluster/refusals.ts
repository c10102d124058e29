import { quote, type Refusal } from '../errors';
import { fieldAt, listAt, stringAt } from '../kubernetes/fields';
import type { ApiCall } from './cluster';
import { missingPermission, neededRule } from './permission';

/** Why the API server refuses a call that it understands, without anything that the call contains. */
export interface Refused {
  readonly refusal: Refusal;
  /** What refuses it, as the end of a sentence. */
  readonly problem: string;
  /** What to do about it. */
  readonly fix: string;
  /** Name of the ValidatingAdmissionPolicy, if it is one. */
  readonly deniedBy?: string;
}

/**
 * What refuses a call, by the form of the message, because `Status` has no field for it. All these texts are of the API
 * server, and begin the message or follow `RESOURCE "NAME" is forbidden: `, so that no object can pass for one of them. In
 * the texts of a refusal, `$1` is what the first group matches.
 */
const FORMS: readonly (readonly [form: RegExp, Refused])[] = [
  [
    /^user not permitted to approve requests with signerName "([^"]*)"/,
    {
      refusal: 'permission',
      problem: 'the user may not approve requests for the signer $1',
      fix: 'grant this permission: {apiGroups: [certificates.k8s.io], resources: [signers], resourceNames: [$1], verbs: [approve]} in a ClusterRole',
    },
  ],
  [
    /^user ("(?:[^"\\]|\\.)*") \(groups=.*\) is attempting to grant RBAC permissions not currently held/,
    {
      refusal: 'escalation',
      problem: 'the user $1 may grant only permissions that it has itself',
      fix: 'run as a user that has all permissions of the bundle, such as a member of cluster-admin, or grant it the verbs escalate and bind on roles and clusterroles',
    },
  ],
  [
    /^(?:exceeded|failed) quota: ([^,:]+)/,
    {
      refusal: 'quota',
      problem: 'the ResourceQuota $1 does not allow it',
      fix: 'raise the ResourceQuota $1 of the namespace, or delete what uses it up; a quota of cpu or memory requires resources in every container',
    },
  ],
  [
    /^(?:insufficient quota to (?:consume|match)|status unknown for quota)\b/,
    {
      refusal: 'quota',
      problem: 'no ResourceQuota of the namespace allows it',
      fix: 'add a ResourceQuota to the namespace that covers this priority class or resource',
    },
  ],
  [
    /^violates PodSecurity "([^"]*)"/,
    {
      refusal: 'pod-security',
      problem: 'it violates the pod security level $1 of the namespace',
      fix: 'set the label pod-security.kubernetes.io/enforce of the namespace to privileged, or fix what the message names',
    },
  ],
  [
    /^\[?(?:maximum|minimum) \S+ (?:usage|memory|cpu|storage)? ?(?:usage )?per (\S+) is |^\[?\S+ max limit to request ratio per (\S+) is /,
    {
      refusal: 'limit-range',
      problem: 'a LimitRange of the namespace does not allow its resources',
      fix: 'set resources that the LimitRange allows, or change the LimitRange',
    },
  ],
  [
    /^error looking up service account ([^\s:]+):/,
    {
      refusal: 'service-account',
      problem: 'its ServiceAccount $1 does not exist',
      fix: 'add the ServiceAccount to the bundle, before what uses it',
    },
  ],
  [
    /^(?:node "[^"]*" (?:is not allowed|can only|can not|requested|cannot)|is not allowed to modify (?:labels|taints))/,
    {
      refusal: 'node-restriction',
      problem: 'the credentials are those of a node, which may write its own objects only',
      fix: 'use the kubeconfig of a person, not that of the kubelet',
    },
  ],
  [
    /^ValidatingAdmissionPolicy '([^']+)' with binding '[^']+' denied request: /,
    {
      refusal: 'policy',
      problem: 'the ValidatingAdmissionPolicy $1 denies it',
      fix: 'change the object as the policy asks, or the ValidatingAdmissionPolicy $1',
      deniedBy: '$1',
    },
  ],
];

/** Like {@link FORMS}, for messages of webhooks: they begin with the name of the webhook. */
const WEBHOOK_FORMS: readonly (readonly [form: RegExp, Refused])[] = [
  [
    /^admission webhook "([^"]*)" denied the request\b/,
    {
      refusal: 'webhook',
      problem: 'the admission webhook $1 denies it',
      fix: 'change the object as the webhook asks; kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations shows whose webhook $1 is',
    },
  ],
  [
    /^Internal error occurred: failed calling webhook "([^"]*)"/,
    {
      refusal: 'webhook-failed',
      problem: 'the admission webhook $1 does not answer',
      fix: 'start what serves the webhook $1; on a cluster without CNI the API server reaches none in a pod: exclude the namespaces of the bundle from it, or delete its configuration',
    },
  ],
  [
    /(?:^|: )(?:[^:]*\b)?No agent available\b/i,
    {
      refusal: 'no-agent',
      problem:
        'the API server reaches nodes and pods only through konnectivity, and no konnectivity agent is connected (No agent available)',
      fix: 'start the konnectivity agents, with hostNetwork and a toleration of every taint if there is no CNI yet, or read the charts from another source than the proxy of the API server',
    },
  ],
];

const ADMISSION = /^\S+(?: "[^"]*")? is forbidden: ([\s\S]*)$/;
const IMMUTABLE = /immutable|may not (?:change|be changed)|cannot change roleRef|updates to .* are forbidden/;
const TERMINATING: Refused = {
  refusal: 'terminating',
  problem: 'its namespace is being deleted',
  fix: 'wait until the namespace is gone, then run again; if it stays, look at its status.conditions: they name what has finalizers',
};

const STALE: Refused = {
  refusal: 'stale',
  problem: 'the object in the cluster has another metadata.resourceVersion or uid',
  fix: 'remove metadata.resourceVersion and metadata.uid from the manifest; run again if it has none',
};

/** Why the API server refuses a call; `undefined` if its status or the object itself says it all. */
export function refusalOf(call: ApiCall, status: number, answer: unknown): Refused | undefined {
  if (status === 409 && ['resourceVersion', 'uid'].some((field) => fieldAt(call.body, 'metadata', field))) return STALE;
  const message = stringAt(answer, 'message') ?? '';
  const causes = listAt(answer, 'details', 'causes');
  if (causes.some((cause) => stringAt(cause, 'reason') === 'NamespaceTerminating')) return TERMINATING;
  const ofWebhook = matchForm(WEBHOOK_FORMS, message);
  if (ofWebhook !== undefined) return ofWebhook;
  if (status === 404)
    return stringAt(answer, 'details', 'kind') === 'namespaces' ? missingNamespace(answer) : undefined;
  const permission = status === 403 ? missingPermission(call, answer) : undefined;
  if (permission !== undefined) return { refusal: 'permission', ...permission };
  const ofAdmission = matchForm(FORMS, ADMISSION.exec(message)?.[1] ?? '');
  if (ofAdmission !== undefined) return ofAdmission;
  if (status === 403) return forbidden(call, message);
  const fields = causes.flatMap((cause) =>
    IMMUTABLE.test(stringAt(cause, 'message') ?? '') ? [stringAt(cause, 'field') ?? ''] : [],
  );
  return fields.length === 0 ? undefined : immutable(fields);
}

function matchForm(forms: typeof FORMS, message: string): Refused | undefined {
  for (const [form, refused] of forms) {
    const [found, name = ''] = form.exec(message) ?? [];
    if (found === undefined) continue;
    const fill = (text: string) => text.replaceAll('$1', () => quote(name));
    const { deniedBy, ...texts } = refused;
    return {
      ...texts,
      problem: fill(texts.problem),
      fix: fill(texts.fix),
      ...(deniedBy !== undefined && { deniedBy: name }),
    };
  }
  return undefined;
}

function missingNamespace(answer: unknown): Refused {
  const name = quote(stringAt(answer, 'details', 'name') ?? '');
  return {
    refusal: 'missing-namespace',
    problem: `the namespace ${name} does not exist`,
    fix: `add the Namespace ${name} to the bundle, or create it first`,
  };
}

function forbidden(call: ApiCall, message: string): Refused {
  if (message === '') {
    return {
      refusal: 'unknown',
      problem: 'it gives no reason',
      fix: `check that no proxy in between forbids it, and that the caller may do this: ${neededRule(call)}`,
    };
  }
  return { refusal: 'admission', problem: 'an admission plugin denies it', fix: 'fix what the message names' };
}

function immutable(fields: readonly string[]): Refused {
  const named = quote([...new Set(fields)].filter((field) => field !== '').join(', '));
  return {
    refusal: 'immutable',
    problem: `${named === '' ? 'what it changes' : named} cannot be changed in an object that exists`,
    fix: 'keep that field as it is in the cluster, or delete the object first, with all that this ends, and run again',
  };
}
