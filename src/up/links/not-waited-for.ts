import type { ObjectReference } from '../../kubernetes/kube-object';

/** Something that {@link up} did not wait for. */
export interface NotWaitedFor extends ObjectReference {
  /** Why, as the end of a sentence about the object. */
  readonly reason: string;
}
