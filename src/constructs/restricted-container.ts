import type { ResourceRequirements, SecurityContext } from '../kubernetes/k8s';

/** The security context of a container that needs no privilege: that of the Pod Security level `restricted`, and more. */
export const restricted: SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

/** The user of the image `distroless/static:nonroot`. */
const NONROOT = 65532;

/**
 * The security context of a server. The user is stated, because many images of static file servers name none, and run as
 * root. On a port below 1024, only root can listen without privileges of the image.
 */
export function restrictedServer(port: number): SecurityContext {
  if (port >= 1024) return { ...restricted, runAsUser: NONROOT, runAsGroup: NONROOT };
  const { runAsNonRoot: _, ...context } = restricted;
  return { ...context, runAsUser: 0, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } };
}

/** What a server of static files uses at least. */
export const serverRequests: ResourceRequirements = { requests: { cpu: '10m', memory: '32Mi' } };
