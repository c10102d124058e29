import { setTimeout as sleep } from 'node:timers/promises';
import { stringAt } from '../chain/fields';
import type { Cluster } from '../cluster/cluster';
import { EggtoothError } from '../errors';
import { isApproved } from './conditions';
import { REQUESTS_PATH, requestReference, type SubmittedRequest } from './submit';

const [FIRST_PAUSE, LONGEST_PAUSE] = [8, 1000];

/**
 * Waits for the certificate of an approved request.
 * @param timeout - how long to wait, in milliseconds
 * @returns the certificate as the API server gives it: PEM
 * @throws EggtoothError `ERR_EGGTOOTH_DENIED`, `ERR_EGGTOOTH_SIGNING_FAILED`, or `ERR_EGGTOOTH_NO_SIGNER` if
 * nothing comes: nobody approved, or nobody signs (Amazon EKS, for one, does not sign client certificates)
 */
export async function collect(cluster: Cluster, submitted: SubmittedRequest, timeout: number): Promise<string> {
  const deadline = Date.now() + timeout;
  const object = requestReference(submitted);
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const path = `${REQUESTS_PATH}/${submitted.name}`;
    const found = await cluster.call({ purpose: 'collect the certificate', method: 'GET', path, object });
    const approved = isApproved(found, submitted);
    const certificate = stringAt(found, 'status', 'certificate');
    if (certificate) return Buffer.from(certificate, 'base64').toString('utf8');
    if (Date.now() + pause > deadline) {
      throw new EggtoothError(
        'ERR_EGGTOOTH_NO_SIGNER',
        `${approved ? 'is approved, and no certificate came' : 'was not approved'} within ${timeout / 1000} s`,
        {
          cure: approved
            ? 'check that kube-controller-manager signs here: some clusters, Amazon EKS among them, do not'
            : `look at it and approve it: kubectl certificate approve ${submitted.name}`,
          object,
        },
      );
    }
    await sleep(pause);
  }
}
