import type { Rule } from '../finding';
import { caSingle } from './ca-single';
import { certSecretRef } from './cert-secret-ref';
import { certificateDuration } from './certificate-duration';
import { clusterScope } from './cluster-scope';
import { endpointHost } from './endpoint-host';
import { endpointIdentity } from './endpoint-identity';
import { fluxWithoutCni } from './flux-without-cni';
import { hostNetwork } from './host-network';
import { hostPortSurge } from './host-port-surge';
import { hostPorts } from './host-ports';
import { imagePinned } from './image-pinned';
import { interval } from './interval';
import { objectName } from './object-name';
import { objectUnique } from './object-unique';
import { passCredentials } from './pass-credentials';
import { podRoute } from './pod-route';
import { readerBound } from './reader-bound';
import { readerExcess } from './reader-excess';
import { readerNamespace } from './reader-namespace';
import { readerSingle } from './reader-single';
import { readerSubjects } from './reader-subjects';
import { readerUser } from './reader-user';
import { releaseDependsOn } from './release-depends-on';
import { releaseName } from './release-name';
import { releaseNamespace } from './release-namespace';
import { releaseRetry } from './release-retry';
import { releaseSource } from './release-source';
import { roleCoversRoute } from './role-covers-route';
import { secretExclusive } from './secret-exclusive';
import { secretReader } from './secret-reader';
import { secretRights } from './secret-rights';
import { secretWriter } from './secret-writer';
import { serviceSelector } from './service-selector';
import { sourceHost } from './source-host';
import { sourceInsecure } from './source-insecure';
import { url } from './url';

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
  objectName,
  clusterScope,
  url,
  endpointHost,
  caSingle,
  interval,
  certSecretRef,
  secretWriter,
  secretReader,
  certificateDuration,
  secretExclusive,
  secretRights,
  passCredentials,
  roleCoversRoute,
  readerNamespace,
  readerBound,
  readerSingle,
  readerUser,
  readerSubjects,
  readerExcess,
  endpointIdentity,
  serviceSelector,
  podRoute,
  hostNetwork,
  fluxWithoutCni,
  hostPorts,
  hostPortSurge,
  imagePinned,
  sourceHost,
  sourceInsecure,
  releaseSource,
  releaseNamespace,
  releaseName,
  releaseDependsOn,
  releaseRetry,
];
