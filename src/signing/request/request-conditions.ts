import { EggtoothError, quote } from '../../errors';
import { listAt, stringAt } from '../../kubernetes/fields';
import { requestReference, type SubmittedRequest } from './submit-request';

/** Whether the request is approved. @throws EggtoothError if it was denied, or refused by the signer */
export function isApproved(answer: unknown, submitted: SubmittedRequest): boolean {
  const conditions = listAt(answer, 'status', 'conditions');
  const reasonOf = (type: string) =>
    conditions
      .filter((condition) => stringAt(condition, 'type') === type)
      .map((one) => stringAt(one, 'reason') ?? '')[0];
  const [denied, failed] = [reasonOf('Denied'), reasonOf('Failed')];
  if (denied !== undefined) {
    throw new EggtoothError('ERR_EGGTOOTH_DENIED', `the request was denied (${quote(denied)})`, {
      fix: 'ask the approver why, then make a new request: a denial is final',
      object: requestReference(submitted),
    });
  }
  if (failed !== undefined) {
    throw new EggtoothError('ERR_EGGTOOTH_SIGNING_FAILED', `the signer refused the request (${quote(failed)})`, {
      fix: 'read the condition Failed of the object, then make a new request',
      object: requestReference(submitted),
    });
  }
  return reasonOf('Approved') !== undefined;
}
