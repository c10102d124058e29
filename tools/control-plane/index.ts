export type { User } from './basic-auth';
export { type Chart, makeCharts, pushChart } from './charts';
export { type Cluster, KubectlError, type KubeObject } from './cluster';
export { type ControlPlane, startControlPlane } from './control-plane';
export { ensurePrograms } from './ensure-programs';
export { useExistingCluster } from './existing-cluster';
export { type FileServer, serveFolder } from './file-server';
export { type Controller, type Flux, type FluxOptions, startFlux } from './flux';
export { type ForwardProxy, startForwardProxy } from './forward-proxy';
export { type GitServer, startGitServer } from './git-server';
export {
  assetsServerImage,
  cniInstallerImage,
  controllerImage,
  eggtoothImage,
  type Image,
  pauseImage,
} from './images';
export { type Node, startNode } from './node';
export { nodeObstacle } from './node-obstacle';
export { type Authority, createAuthority, type Identity, type KeyPair } from './pki';
export { type Pod, type PodOptions, runPod } from './pod';
export { type ProgramName, programNames } from './programs';
export { eventually, type Readiness, readiness } from './readiness';
export { publicAddress, type Registry, startRegistry } from './registry';
export { type ReverseProxy, type ReverseProxyOptions, startReverseProxy } from './reverse-proxy';
export { type CosignKey, createCosignKey, signWithNotation } from './signers';
export { startCluster } from './start-cluster';
