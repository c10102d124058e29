import { conditionOf, readinessOf } from '../../kubernetes/conditions';
import { fieldAt } from '../../kubernetes/fields';
import { isFluxSource } from '../../kubernetes/kinds';
import { type KubeObject, printReference, referenceTo } from '../../kubernetes/kube-object';
import type { Run } from '../run';

/**
 * Warns of sources that are Ready although Flux has found no signature that their `spec.verify` accepts: a trust policy of
 * Notation with the level `audit` or `skip` lets it read them all the same, and only the condition SourceVerified is missing.
 */
export async function warnOfUnverified(
  { objects }: Run,
  bundle: readonly KubeObject[],
  onWarning: (warning: string) => void = () => {},
): Promise<void> {
  const verified = bundle.filter((object) => isFluxSource(object) && fieldAt(object, 'spec', 'verify') !== undefined);
  for (const reference of verified.map(referenceTo)) {
    const current = await objects.get(reference);
    if (current === undefined) continue;
    const { status, isCurrent } = readinessOf(current) ?? {};
    if (status !== 'True' || !isCurrent || conditionOf(current, 'SourceVerified')?.status === 'True') continue;
    onWarning(
      `${printReference(reference)}: Flux has read it, and has verified no signature; ` +
        'fix: use the level strict in the trust policy of Notation, in the Secret that spec.verify.secretRef names',
    );
  }
}
