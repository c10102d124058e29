import type { Rule } from '../finding';
import { certSecretRef } from './cert-secret-ref';
import { certificateDuration } from './certificate-duration';
import { clusterScope } from './cluster-scope';
import { endpointIdentity } from './endpoint-identity';
import { hostNetwork } from './host-network';
import { hostPortSurge } from './host-port-surge';
import { hostPorts } from './host-ports';
import { imagePinned } from './image-pinned';
import { interval } from './interval';
import { objectUnique } from './object-unique';
import { readerBound } from './reader-bound';
import { readerExcess } from './reader-excess';
import { readerGroup } from './reader-group';
import { readerNamespace } from './reader-namespace';
import { readerSingle } from './reader-single';
import { readerUser } from './reader-user';
import { releaseDependsOn } from './release-depends-on';
import { releaseName } from './release-name';
import { releaseNamespace } from './release-namespace';
import { releaseSource } from './release-source';
import { resourceNames } from './resource-names';
import { roleCoversRoute } from './role-covers-route';
import { secretReader } from './secret-reader';
import { secretWriter } from './secret-writer';
import { serviceSelector } from './service-selector';
import { url } from './url';
import { verbs } from './verbs';

/**
 * The rules of eggtooth, in the order in which they report.
 *
 * @example
 * ```ts
 * for (const { id, severity } of allRules) console.log(id, severity);
 * ```
 */
export const allRules: readonly Rule[] = [
  objectUnique,
  clusterScope,
  url,
  interval,
  certSecretRef,
  secretWriter,
  secretReader,
  certificateDuration,
  roleCoversRoute,
  readerNamespace,
  readerBound,
  readerSingle,
  readerUser,
  readerGroup,
  readerExcess,
  verbs,
  resourceNames,
  endpointIdentity,
  serviceSelector,
  hostNetwork,
  hostPorts,
  hostPortSurge,
  imagePinned,
  releaseSource,
  releaseNamespace,
  releaseName,
  releaseDependsOn,
];
