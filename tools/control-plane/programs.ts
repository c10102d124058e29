import { join } from 'node:path';
import { chosenKubernetes, type KubernetesMinor, kubernetesVersions, standardKubernetes } from './kubernetes-versions';

/** The programs that are built here. Each is a main package that the go.mod of its family pins. */
export type ProgramName = keyof typeof programs;

export interface Program {
  /** Folder of its Go module in `programs/`. The programs of a family share go.mod, go.sum and flags. */
  readonly family: string;
  /** The main package, as an argument of `go build`. */
  readonly package: string;
  /** Linker flags in addition to `-s -w`. */
  readonly ldflags?: string;
  /** The program is built in a copy of its module, to which files are added. */
  readonly copy?: ModuleCopy;
  /** Duration of a build on two cores with an empty build cache. */
  readonly coldBuild: string;
}

/** A module whose sources embed files that it does not contain. Go adds no files to a module in its cache. */
export interface ModuleCopy {
  readonly module: string;
  /** Paths of the files to add, which are empty. */
  readonly emptyFiles: readonly string[];
}

const buildkit = { family: 'buildkit' };
const cniPlugins = { family: 'cni-plugins' };
const containerd = { family: 'containerd' };
const goContainerRegistry = { family: 'go-containerregistry' };
/** One Go module for all that is built on Kubernetes' own libraries, so that they are compiled once. */
const servers = { family: 'servers' };
const kubernetes = { ...servers, ldflags: versionFlags(standardKubernetes) };
/** The servers that `$EGGTOOTH_KUBERNETES` chooses; kubectl and the programs of a node stay the same. */
const controlPlane =
  chosenKubernetes === standardKubernetes
    ? kubernetes
    : { family: `kubernetes-${chosenKubernetes}`, ldflags: versionFlags(chosenKubernetes) };

export const programs = {
  sandbox: { family: 'sandbox', package: 'eggtooth.dev/tools/sandbox', coldBuild: '30 seconds' },
  etcd: { ...servers, package: 'go.etcd.io/etcd/server/v3', coldBuild: '1 minute' },
  'kube-apiserver': { ...controlPlane, package: 'k8s.io/kubernetes/cmd/kube-apiserver', coldBuild: '5 minutes' },
  'kube-controller-manager': {
    ...controlPlane,
    package: 'k8s.io/kubernetes/cmd/kube-controller-manager',
    coldBuild: '1 minute',
  },
  kubectl: { ...kubernetes, package: 'k8s.io/kubernetes/cmd/kubectl', coldBuild: '1 minute' },
  'source-controller': { ...servers, package: 'github.com/fluxcd/source-controller', coldBuild: '3 minutes' },
  'helm-controller': { ...servers, package: 'github.com/fluxcd/helm-controller', coldBuild: '1 minute' },
  'kustomize-controller': { ...servers, package: 'github.com/fluxcd/kustomize-controller', coldBuild: '1 minute' },
  helm: { ...servers, package: 'helm.sh/helm/v4/cmd/helm', coldBuild: '30 seconds' },
  kubelet: { ...kubernetes, package: 'k8s.io/kubernetes/cmd/kubelet', coldBuild: '1 minute' },
  'kube-scheduler': { ...kubernetes, package: 'k8s.io/kubernetes/cmd/kube-scheduler', coldBuild: '30 seconds' },
  containerd: { ...containerd, package: 'github.com/containerd/containerd/v2/cmd/containerd', coldBuild: '2 minutes' },
  'containerd-shim-runc-v2': {
    ...containerd,
    package: 'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2',
    coldBuild: '10 seconds',
  },
  ctr: { ...containerd, package: 'github.com/containerd/containerd/v2/cmd/ctr', coldBuild: '10 seconds' },
  'node-init': { family: 'node-init', package: 'eggtooth.dev/tools/node-init', coldBuild: '10 seconds' },
  pause: { family: 'pause', package: 'eggtooth.dev/tools/pause', coldBuild: '10 seconds' },
  'assets-server': { family: 'assets-server', package: 'eggtooth.dev/tools/assets-server', coldBuild: '10 seconds' },
  'cni-installer': { family: 'cni-installer', package: 'eggtooth.dev/tools/cni-installer', coldBuild: '10 seconds' },
  bridge: {
    ...cniPlugins,
    package: 'github.com/containernetworking/plugins/plugins/main/bridge',
    coldBuild: '20 seconds',
  },
  'host-local': {
    ...cniPlugins,
    package: 'github.com/containernetworking/plugins/plugins/ipam/host-local',
    coldBuild: '10 seconds',
  },
  loopback: {
    ...cniPlugins,
    package: 'github.com/containernetworking/plugins/plugins/main/loopback',
    coldBuild: '10 seconds',
  },
  crane: {
    ...goContainerRegistry,
    package: 'github.com/google/go-containerregistry/cmd/crane',
    coldBuild: '20 seconds',
  },
  flux: {
    family: 'flux',
    package: 'github.com/fluxcd/flux2/v2/cmd/flux',
    ldflags: '-X main.VERSION=2.9.5',
    // The manifests that `flux install` applies are generated before a release.
    copy: { module: 'github.com/fluxcd/flux2/v2', emptyFiles: ['cmd/flux/manifests/none.yaml'] },
    coldBuild: '3 minutes',
  },
  kubeconform: {
    family: 'kubeconform',
    package: 'github.com/yannh/kubeconform/cmd/kubeconform',
    coldBuild: '10 seconds',
  },
  buildkitd: { ...buildkit, package: 'github.com/moby/buildkit/cmd/buildkitd', coldBuild: '2 minutes' },
  buildctl: { ...buildkit, package: 'github.com/moby/buildkit/cmd/buildctl', coldBuild: '10 seconds' },
  sops: { ...servers, package: 'github.com/getsops/sops/v3/cmd/sops', coldBuild: '1 minute' },
  age: { ...servers, package: 'filippo.io/age/cmd/age', coldBuild: '10 seconds' },
  'age-keygen': { ...servers, package: 'filippo.io/age/cmd/age-keygen', coldBuild: '10 seconds' },
  cosign: { ...servers, package: 'github.com/sigstore/cosign/v3/cmd/cosign', coldBuild: '2 minutes' },
  'notation-sign': { family: 'notation-sign', package: 'eggtooth.dev/tools/notation-sign', coldBuild: '20 seconds' },
  'yaml-to-json': { family: 'yaml-to-json', package: 'eggtooth.dev/tools/yaml-to-json', coldBuild: '10 seconds' },
} satisfies Record<string, Program>;

export const programNames = Object.keys(programs) as ProgramName[];

/** Programs that only a real node needs. */
export const nodePrograms = [
  'kubelet',
  'kube-scheduler',
  'containerd',
  'containerd-shim-runc-v2',
  'ctr',
  'node-init',
  'pause',
  'assets-server',
  'cni-installer',
  'bridge',
  'host-local',
  'loopback',
] as const satisfies readonly ProgramName[];

/** Programs that only tests run. */
export const testPrograms = [
  'buildkitd',
  'buildctl',
  'crane',
  'flux',
  'kubeconform',
  'sops',
  'age',
  'age-keygen',
  'cosign',
  'notation-sign',
  'yaml-to-json',
] as const satisfies readonly ProgramName[];

const special: readonly ProgramName[] = [...nodePrograms, ...testPrograms];

/** Programs of a cluster without a real node, and of Flux. */
export const clusterPrograms = programNames.filter((name) => !special.includes(name));

export function moduleFolder(program: Program): string {
  return join(__dirname, 'programs', program.family);
}

export function buildFlags(program: Program): string[] {
  return [
    '-mod=readonly',
    '-buildvcs=false',
    '-trimpath',
    '-ldflags',
    ['-s -w', program.ldflags].filter(Boolean).join(' '),
  ];
}

function versionFlags(kubernetes: KubernetesMinor): string {
  const [major, minor] = kubernetes.split('.');
  const values = { gitVersion: kubernetesVersions[kubernetes], gitMajor: major, gitMinor: minor };
  return Object.entries(values)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
}
