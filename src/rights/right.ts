import type { ResourceRight } from './role-rule';

/** A verb on a URL that is no resource, for example `get /healthz`. */
export interface UrlRight {
  readonly verb: string;
  /** The path; a star at its end stands for any rest. */
  readonly url: string;
}

/** What somebody may do. A star stands for everything: as a name, for every object. */
export type Right = ResourceRight | UrlRight;

/** A right on one line: `VERB GROUP/RESOURCE NAME` or `VERB URL`. */
export function printRight(right: Right): string {
  if ('url' in right) return `${right.verb} ${right.url}`;
  return `${right.verb} ${right.group}/${right.resource} ${right.name}`;
}

const DISCOVERY = ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*'];
const PUBLIC = ['/healthz', '/livez', '/readyz', '/version', '/version/'];
const REVIEWS = [
  'authorization.k8s.io/selfsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectrulesreviews',
  'authentication.k8s.io/selfsubjectreviews',
];

/**
 * The rights of every authenticated user of a Kubernetes cluster: to discover the API, and to ask about themselves.
 * @see pkg plugin/pkg/auth/authorizer/rbac/bootstrappolicy: system:discovery, system:public-info-viewer, system:basic-user
 */
const OF_EVERY_USER: ReadonlySet<string> = new Set([
  ...[...DISCOVERY, ...PUBLIC].map((url) => printRight({ verb: 'get', url })),
  ...REVIEWS.map((review) => `create ${review} *`),
]);

/** Whether Kubernetes gives a right to every authenticated user of every cluster. */
export function isDefaultRight(right: Right): boolean {
  return OF_EVERY_USER.has(printRight(right));
}
