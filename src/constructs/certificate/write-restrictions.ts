import { SECRET_ANNOTATIONS, SECRET_KEYS, SECRET_TYPE } from '../../chain/credential-secret';
import type { SecretReference } from '../../chain/links';
import { RECONCILE_ANNOTATION } from '../../kubernetes/flux';
import { MANAGED_BY } from '../../kubernetes/labels';
import { mergeCaBundles, splitCaBundle } from '../../kubernetes/pem';
import { areEntriesUnchanged, celList, isUnchanged, type Restriction } from './admission-policy';

/** From so many CA certificates on, not every combination of them is listed. */
const MOST_COMBINED = 4;

/** Both decide over the object itself: who deletes it, and with what else. */
const OWNERSHIP = ['metadata.?ownerReferences', 'metadata.?finalizers'];

/**
 * What the signing step writes to Secrets: the certificate, its key and the CA of the endpoints in the Secrets of the
 * chain, with its own annotations and label.
 *
 * @param certificateAuthority - the CA that the bundle names. Whoever writes another one decides which server Flux takes
 * for the API server.
 */
export function secretRestriction(
  secrets: readonly SecretReference[],
  certificateAuthority: string | undefined,
): Restriction {
  const names = celList(secrets.map(({ namespace, name }) => `${namespace}/${name}`));
  const annotations = `key in ${celList(Object.values(SECRET_ANNOTATIONS))}`;
  const ownLabels = Object.entries(MANAGED_BY).map(
    ([key, value]) => `key == '${key}' && variables.after.metadata.labels[key] == '${value}'`,
  );
  const validations = [
    {
      expression: `request.operation != 'DELETE' && (variables.after.metadata.namespace + '/' + variables.after.metadata.name) in ${names}`,
      message: 'it is no Secret of the chain, or it would be deleted',
    },
    {
      expression: `variables.after.type == '${SECRET_TYPE}' && !variables.after.?immutable.orValue(false) && ${isUnchanged(...OWNERSHIP)}`,
      message: `it would not be a mutable Secret of type ${SECRET_TYPE}, or its ownerReferences or finalizers would change`,
    },
    {
      expression: areEntriesUnchanged('data', `key in ${celList(SECRET_KEYS)}`),
      message: `another key than ${SECRET_KEYS.join(', ')} would change`,
    },
    {
      expression: [
        areEntriesUnchanged('metadata.?annotations', annotations, annotations),
        areEntriesUnchanged('metadata.?labels', ownLabels.join(' || ')),
      ].join(' && '),
      message: 'another annotation or label than those of eggtooth would change',
    },
  ];
  if (certificateAuthority === undefined) return { group: '', resources: ['secrets'], validations };
  const held = "?data[?'ca.crt']";
  return {
    group: '',
    resources: ['secrets'],
    validations: [
      ...validations,
      {
        // A dry run tries whether the Secret may be written at all, with empty values.
        expression: `${isUnchanged(held.slice(1))} || variables.after.${held}.orValue('') in ${celList(writtenCas(certificateAuthority))} || (has(request.dryRun) && request.dryRun)`,
        message: 'its ca.crt would not be the CA that the bundle names',
      },
    ],
  };
}

/** {@link secretRestriction} for the creation of Secrets: their name is one of the chain's, and not completed by anybody. */
export function secretCreation({ validations, ...restriction }: Restriction): Restriction {
  const expression = '!has(variables.after.metadata.generateName)';
  return {
    ...restriction,
    operations: ['CREATE'],
    validations: [...validations, { expression, message: 'it has a generateName' }],
  };
}

/**
 * The values of ca.crt that the signing step may write, base64: those of the CA certificates that verify the endpoint. Of
 * many certificates, these are all, or one.
 */
function writtenCas(certificateAuthority: string): readonly string[] {
  const certificates = splitCaBundle(certificateAuthority);
  const sets =
    certificates.length > MOST_COMBINED
      ? [certificates, ...certificates.map((one) => [one])]
      : Array.from({ length: 2 ** certificates.length }, (_, chosen) =>
          certificates.filter((_, index) => (chosen >> index) % 2 === 1),
        );
  return sets.filter((set) => set.length > 0).map((set) => Buffer.from(mergeCaBundles(set)).toString('base64'));
}

/** What the signing step writes to Flux's sources: a reconcile request. Their spec decides what Flux installs. */
export const repositoryRestriction: Restriction = {
  group: 'source.toolkit.fluxcd.io',
  resources: ['*/*'],
  validations: [
    {
      expression: "request.operation == 'UPDATE'",
      message: 'it would be created or deleted',
    },
    {
      expression: isUnchanged('spec', 'status', 'metadata.?labels', ...OWNERSHIP),
      message: 'its spec, status, labels, ownerReferences or finalizers would change',
    },
    {
      expression: areEntriesUnchanged('metadata.?annotations', `key == '${RECONCILE_ANNOTATION}'`),
      message: `another annotation than ${RECONCILE_ANNOTATION} would change`,
    },
  ],
};
