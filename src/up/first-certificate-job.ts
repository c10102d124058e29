import { issuesFirstCertificate } from '../chain/first-certificate';
import { conditionOf } from '../kubernetes/conditions';
import { stringAt } from '../kubernetes/fields';
import { type KubeObject, printReference, referenceTo } from '../kubernetes/kube-object';
import type { Run } from './run';

/** The objects of a bundle that `up` applies: it issues the certificate itself, at the same time as the Job would. */
export function withoutFirstCertificate(bundle: readonly KubeObject[]): readonly KubeObject[] {
  return bundle.filter((object) => !issuesFirstCertificate(object));
}

/**
 * Deletes the Jobs of a bundle that still wait to issue the first certificate, after `kubectl apply` of the bundle: two
 * certificates would be issued, and a Job with an image that does not exist would stay. A Job of the same name that is
 * another one's is left alone.
 */
export async function endFirstCertificate(run: Run, bundle: readonly KubeObject[]): Promise<void> {
  for (const reference of bundle.filter(issuesFirstCertificate).map(referenceTo)) {
    const job = await run.objects.get(reference);
    if (job === undefined || !issuesFirstCertificate(job) || isFinished(job)) continue;
    await run.objects.delete(reference, { uid: stringAt(job, 'metadata', 'uid') });
    run.report(`${printReference(reference)} deleted: the certificate is issued without it`);
  }
}

function isFinished(job: KubeObject): boolean {
  return ['Complete', 'Failed'].some((type) => conditionOf(job, type)?.status === 'True');
}
