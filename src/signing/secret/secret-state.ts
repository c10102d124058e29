import type { Credential, CredentialSecret } from '../../chain/credentials';
import { isSameSecret } from '../../chain/links';
import type { Cluster } from '../../cluster/cluster';
import type { KubeObject } from '../../kubernetes/kube-object';
import { printReference } from '../../kubernetes/kube-object';
import type { IssuedCertificate } from '../../pki/check-certificate';
import type { EndpointCas } from '../verify/endpoints';
import { fingerprintOf, type JudgedSecret, judgeSecrets } from './judge-secret';
import { keyCopyReason } from './key-copies';
import { secretAnnotation, secretReference } from './secret';

/** The Secrets of a credential as they are in the cluster, and what is due. */
export interface State {
  /** The CA certificates that each Secret must hold, PEM. */
  readonly caOf: (secret: CredentialSecret) => string;
  /** The CA certificates that verify each endpoint. */
  readonly cas: EndpointCas;
  /** The Secrets that exist. */
  readonly secrets: readonly KubeObject[];
  /** The certificate that all Secrets hold, if they hold the same one and it is not due. */
  readonly current?: IssuedCertificate;
  /** Why a new certificate is due; absent if none is. */
  readonly due?: string;
  /** Why the Secrets must be written again with the certificate that they hold; absent if they need not be. */
  readonly outdatedCa?: string;
  /** Which Secrets hold a copy of a private key in an annotation; absent if none does. */
  readonly keyCopy?: string;
  /** When the first of the Secrets is due for renewal; absent if a certificate is due now. */
  readonly renewAt?: Date;
  /** How often a certificate was issued into the Secrets; 0 if none exists. */
  readonly issueCount: number;
}

/**
 * Reads the Secrets of a credential and determines what is due.
 * @param clock - see {@link judgeSecrets}
 */
export async function readState(cluster: Cluster, credential: Credential, clock?: () => Date): Promise<State> {
  const { cas, judged, now } = await judgeSecrets(cluster, credential, clock);
  const secrets = judged.flatMap(({ object }) => object ?? []);
  const issueCount = Math.max(0, ...secrets.map((secret) => Number(secretAnnotation(secret, 'issueCount')) || 0));
  const caOf = (secret: CredentialSecret) =>
    cas.ofSecret(secret, judged.find((one) => isSameSecret(one.secret, secret))?.object);
  const state = { caOf, cas: cas.ofEndpoint, secrets, issueCount, keyCopy: keyCopyReason(secrets) };
  const [first, ...others] = judged.flatMap(({ verdict }) => (verdict.valid ? [verdict] : []));
  for (const { issued } of others) issued.privateKey.clear();
  const due = judged.map((one) => whyDue(one, now)).find((reason) => reason !== undefined);
  const isMixed = others.some(({ issued }) => fingerprintOf(issued) !== (first && fingerprintOf(first.issued)));
  if (due !== undefined || first === undefined || isMixed) {
    first?.issued.privateKey.clear();
    return { ...state, due: due ?? DIFFERENT };
  }
  const renewAt = new Date(Math.min(...[first, ...others].map((verdict) => verdict.renewAt.getTime())));
  const outdated = judged.find(({ verdict }) => verdict.valid && verdict.outdatedCa);
  return { ...state, current: first.issued, renewAt, outdatedCa: outdated && `${print(outdated)}: ${OTHER_CA}` };
}

/** What is wrong if the Secrets hold different certificates. */
export const DIFFERENT = 'the Secrets hold different certificates';
/** What is wrong with a Secret if its CA is not the one that it must hold. */
export const OTHER_CA = "holds another CA than the cluster's";

function whyDue(judged: JudgedSecret, now: Date): string | undefined {
  const { verdict } = judged;
  if (!verdict.valid) return `${print(judged)}: ${verdict.problem}`;
  if (verdict.isTooLong) return `${print(judged)}: its certificate is valid for longer than the bundle states`;
  return verdict.renewAt <= now ? `${print(judged)}: its certificate is due for renewal` : undefined;
}

function print({ secret }: JudgedSecret): string {
  return printReference(secretReference(secret));
}
