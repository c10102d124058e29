import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type {
  Container,
  DeploymentManifest,
  NamespaceManifest,
  PersistentVolumeClaimManifest,
  ResourceQuotaManifest,
  ServiceAccountManifest,
} from '../../kubernetes/k8s';
import { isBuiltInNamespace } from '../../kubernetes/kinds';
import type { ObjectReference } from '../../kubernetes/kube-object';
import { validateChain } from '../chain-validation';
import { ClusterObject, ManifestObject } from '../manifest-object';
import { assertFluxOptions } from './assert-flux-options';
import { containerOf } from './controller-container';
import { environmentOf } from './controller-environment';
import { imageOf } from './controller-images';
import type { FluxAioProps } from './flux-aio-props';
import { fluxControllers } from './flux-controllers';
import { podOf } from './flux-pod';
import { type AnyFluxVersion, newestFlux } from './flux-releases';
import { administratorOf, viewerOf } from './flux-rights';

/**
 * Flux as one pod on the host network, where it runs before there is a CNI: Namespace, ServiceAccount, rights, ResourceQuota
 * and Deployment, modeled on flux-aio 2.8.0. {@link FluxCrds} has the CRDs.
 *
 * Its controllers reach each other on localhost and the API server at the address of `apiServer`, without a CNI, kube-proxy
 * and DNS. Their ports, 9690 to 9693 and 9790 to 9799, are open on the node's address.
 *
 * @example
 * ```ts
 * new FluxAio(chart, 'flux', { apiServer: ApiServer.talos(), digests: true });
 * ```
 */
export class FluxAio extends Construct {
  /** The Deployment. */
  readonly apiObject: ApiObject;
  /** The Namespace; `undefined` if every cluster has it. */
  readonly namespaceObject?: ApiObject;
  /** Release of Flux. */
  readonly version: AnyFluxVersion;
  /** Namespace of the pod. */
  readonly namespace: string;
  /** Name of the Deployment. */
  readonly name: string;
  /** Labels of the pod, which no other pod in its namespace has. */
  readonly podLabels: Readonly<Record<string, string>>;

  /** @throws EggtoothError `ERR_EGGTOOTH_OPTION` if a controller is unknown, or an image or a digest is missing */
  constructor(scope: Construct, id: string, props: FluxAioProps = {}) {
    super(scope, id);
    this.namespace = props.namespace ?? 'flux-system';
    this.name = props.name ?? 'flux';
    this.version = props.version ?? newestFlux;
    this.podLabels = { 'app.kubernetes.io/name': this.name };
    assertFluxOptions({ ...props, version: this.version }, this.reference);

    if (!isBuiltInNamespace(this.namespace))
      this.namespaceObject = new ClusterObject(this, 'Namespace', this.ownNamespace());
    new ManifestObject(this, 'ServiceAccount', this.serviceAccount());
    new ClusterObject(this, 'ClusterRoleBinding', administratorOf(this.clusterMetadata(this.name), this.place));
    new ClusterObject(this, 'ClusterRole', viewerOf(this.clusterMetadata(`${this.name}-view`)));
    new ManifestObject(this, 'ResourceQuota', this.quota());
    if (props.persistence) new ManifestObject(this, 'PersistentVolumeClaim', this.claim(props.persistence));
    this.apiObject = new ManifestObject(this, 'Default', this.deployment(props));
    validateChain(this);
  }

  private get place(): { name: string; namespace: string } {
    return { name: this.name, namespace: this.namespace };
  }

  private get reference(): ObjectReference {
    return { apiVersion: 'apps/v1', kind: 'Deployment', ...this.place };
  }

  private clusterMetadata(name: string) {
    return {
      name,
      labels: {
        ...this.podLabels,
        'app.kubernetes.io/part-of': 'flux',
        'app.kubernetes.io/version': `v${this.version}`,
      },
      annotations: { 'app.kubernetes.io/role': 'cluster-admin' },
    };
  }

  private get metadata() {
    return { ...this.clusterMetadata(this.name), namespace: this.namespace };
  }

  /** Only the Pod Security level `privileged` allows pods on the host network. */
  private ownNamespace(): NamespaceManifest {
    const metadata = this.clusterMetadata(this.namespace);
    const levels = ['enforce', 'warn', 'audit'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'privileged']);
    const labels = { ...metadata.labels, ...Object.fromEntries(levels) };
    return { apiVersion: 'v1', kind: 'Namespace', metadata: { ...metadata, labels } };
  }

  private serviceAccount(): ServiceAccountManifest {
    return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: this.metadata };
  }

  /** Some clusters allow pods of these priorities only in a namespace with such a quota. */
  private quota(): ResourceQuotaManifest {
    const values = ['system-node-critical', 'system-cluster-critical'];
    return {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: this.metadata,
      spec: {
        hard: { pods: '1000' },
        scopeSelector: { matchExpressions: [{ operator: 'In', scopeName: 'PriorityClass', values }] },
      },
    };
  }

  private claim({ size = '8Gi', storageClassName }: NonNullable<FluxAioProps['persistence']>) {
    const manifest: PersistentVolumeClaimManifest = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: this.metadata,
      spec: {
        accessModes: ['ReadWriteOnce'],
        ...(storageClassName !== undefined && { storageClassName }),
        resources: { requests: { storage: size } },
      },
    };
    return manifest;
  }

  private deployment(props: FluxAioProps): DeploymentManifest {
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: this.metadata,
      spec: {
        replicas: 1,
        // The new pod cannot bind the ports of the node before the old one is gone.
        strategy: { type: 'Recreate' },
        selector: { matchLabels: this.podLabels },
        template: podOf({ ...props, name: this.name, labels: this.podLabels, containers: this.containers(props) }),
      },
    };
  }

  private containers(props: FluxAioProps): readonly Container[] {
    const { registry = 'ghcr.io/fluxcd', digests = false, options } = props;
    const chosen = props.controllers ?? fluxControllers;
    const env = environmentOf(props);
    const common = {
      env,
      options,
      controllers: chosen,
      logLevel: props.logLevel ?? 'info',
      securityProfile: props.securityProfile ?? 'privileged',
      name: this.name,
      securityContext: props.securityContext,
      volumeMounts: props.volumeMounts,
    };
    const release = { version: this.version, registry, digests };
    return fluxControllers
      .filter((controller) => chosen.includes(controller))
      .map((controller) => {
        const image = options?.[controller]?.image ?? imageOf(controller, release, this.reference);
        return containerOf(controller, { ...common, image });
      });
  }
}
