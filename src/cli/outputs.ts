import type { KubeObject, ObjectReference } from '../kubernetes/kube-object';
import type { CleanUpResult } from '../migration/clean-up';
import type { MigratePlan } from '../migration/migrate';
import type { IssueResult } from '../signing/issue-result';
import type { RenewResult } from '../signing/renew';
import type { OpenRequest } from '../signing/request/request-certificate';
import type { RevokeResult } from '../signing/revoke';
import type { ReaderStatus } from '../signing/status';
import type { AppliedObject } from '../up/apply-objects';
import type { UpPlan } from '../up/plan-up';
import type { DownResult } from '../up/removal/down';

// What -o json and -o yaml print. `npm run schemas` generates docs/schemas/ from these types, one schema for each.

/** What a command prints that can have several results: an object with `items`, whether there are none, one or many. */
interface Items<Item> {
  readonly items: readonly Item[];
}

/** What `eggtooth up` prints. After a dry run, all lists but `objects` are empty. */
export interface UpOutput extends UpPlan {}

/** What `eggtooth down` prints. After a dry run, nothing was deleted. */
export interface DownOutput extends DownResult {}

/** What `eggtooth migrate` prints. After a dry run, objects have no `result`, and there are no sources. */
export interface MigrateOutput extends Omit<MigratePlan, 'objects'> {
  /** The objects of the new bundle, in the order in which they were applied. */
  readonly objects: readonly (ObjectReference & Partial<AppliedObject>)[];
}

/** What `eggtooth migrate --clean-up` prints. */
export interface MigrateCleanUpOutput extends CleanUpResult {}

/** What `eggtooth issue` prints, with an item for each reader. */
export interface IssueOutput extends Items<IssueResult> {}

/** What `eggtooth issue --dry-run` prints: the objects that would be written, as a List that kubectl can read. */
export interface IssueDryRunOutput extends Items<KubeObject> {
  readonly apiVersion: 'v1';
  readonly kind: 'List';
}

/** What `eggtooth status` prints, with an item for each reader. */
export interface StatusOutput extends Items<ReaderStatus> {}

/** What `eggtooth renew` prints, with an item for each reader. */
export interface RenewOutput extends Items<RenewResult> {}

/** What `eggtooth revoke` prints, with an item for each reader. */
export interface RevokeOutput extends Items<RevokeResult> {}

/** What `eggtooth request` prints: the request, without its PEM. */
export interface RequestOutput extends Omit<OpenRequest, 'request'> {}

/** What `eggtooth approve` prints: the request, without its PEM. */
export interface ApproveOutput extends RequestOutput {}

/** What `eggtooth collect` prints. */
export interface CollectOutput extends IssueResult {}

/** What `eggtooth version` prints. */
export interface VersionOutput {
  /** Version of eggtooth. */
  readonly client: string;
  /**
   * Version of the API server, for example `v1.36.4`.
   * @default - missing with `--client`, or if the server does not answer
   */
  readonly server?: string;
}

/** What `eggtooth rbac` prints: the ClusterRole and the Roles that a command needs, as a List that kubectl can read. */
export interface RbacOutput extends Items<KubeObject> {
  readonly apiVersion: 'v1';
  readonly kind: 'List';
}

/** What `eggtooth sign` prints: the Secrets, with the private keys, as a List that kubectl can read. */
export interface SignOutput extends Items<KubeObject> {
  readonly apiVersion: 'v1';
  readonly kind: 'List';
}

/** What `eggtooth csr` prints: a CertificateSigningRequest that kubectl can create. */
export interface CsrOutput extends KubeObject {
  readonly apiVersion: 'certificates.k8s.io/v1';
  readonly kind: 'CertificateSigningRequest';
}
