import { isError } from '../errors';
import { fieldAt, listAt, stringAt } from '../kubernetes/fields';
import type { ObjectReference } from '../kubernetes/kube-object';
import type { Run } from './run';

/** The latest warning about an object, as `REASON: MESSAGE`; empty if there is none, or if events may not be read. */
export async function latestWarning({ cluster }: Run, reference: ObjectReference): Promise<string> {
  const { kind, namespace = 'default', name } = reference;
  const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name},type=Warning`;
  const list = await cluster
    .call({
      purpose: 'read the events',
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/events`,
      query: { fieldSelector },
      object: reference,
    })
    .catch((error: unknown) => {
      if (!isError(error, 'ERR_EGGTOOTH_FORBIDDEN')) throw error;
    });
  const [latest] = [...listAt(list, 'items')].sort((one, other) => timeOf(other).localeCompare(timeOf(one)));
  if (latest === undefined) return '';
  return `${stringAt(latest, 'reason')}: ${stringAt(latest, 'message')?.replace(/\s+/g, ' ')}`;
}

function timeOf(event: unknown): string {
  return [fieldAt(event, 'lastTimestamp'), fieldAt(event, 'eventTime')].find((time) => typeof time === 'string') ?? '';
}
