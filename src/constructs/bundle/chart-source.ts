import type { Construct } from 'constructs';
import { EggtoothError } from '../../errors';
import { AssetsReader } from '../charts/assets-reader';
import { AssetsRepository } from '../charts/assets-repository';
import { AssetsServer } from '../charts/assets-server';
import { AssetsSidecar } from '../charts/assets-sidecar';
import { type LocalAssets, LocalRepository } from '../charts/local-repository';
import type { FluxAio } from '../flux-aio/flux-aio';
import type { BootstrapBundleProps, BundleAssets } from './bootstrap-bundle-props';
import { type AddOnServer, isOnServer } from './bundle-repository';

/** Options for the pod of a server, which a sidecar does not have. */
const POD_OPTIONS = [
  'annotations',
  'imagePullSecrets',
  'nodeSelector',
  'onlyTolerations',
  'priorityClassName',
  'readinessPath',
  'replicas',
] as const;

/** How Flux reads the charts on the assets server of a bundle. */
export interface ChartSource {
  /** The server, unless it is a sidecar of Flux, or the bundle has none. */
  readonly server?: AssetsServer;
  /** The reader, if Flux reads through the API server. */
  readonly reader?: AssetsReader;
  /** Adds a HelmRepository on the server. */
  readonly repository: AddOnServer;
}

/** Options that the bundle only has with the server, and what they are about. */
const SERVER_OPTIONS = {
  route: 'route through the API server',
  readerGeneration: 'reader',
  readerDuration: 'reader',
  renewal: 'certificate to renew',
  localhost: 'server on localhost',
} as const;

/**
 * Adds the server of a bundle, if it has one, and what Flux needs to read from it.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if options exclude each other
 */
export function chartSourceOf(
  bundle: Construct,
  props: BootstrapBundleProps,
  flux: FluxAio | undefined,
): ChartSource | undefined {
  const { namespace, assets, localhost } = props;
  if (assets === undefined) {
    for (const [option, part] of Object.entries(SERVER_OPTIONS)) {
      if (props[option as keyof typeof SERVER_OPTIONS] === undefined) continue;
      const fix = `remove ${option}, or set assets and add a repository with a path`;
      throw refusal(bundle, 'without assets', `has no ${part}`, fix);
    }
    return undefined;
  }
  if (!props.repositories.some(isOnServer)) {
    throw refusal(
      bundle,
      'without a repository that has a path',
      'needs no assets',
      'remove assets, or add a repository with a path',
    );
  }
  if (localhost === undefined) return throughApiServer(bundle, props, assets);
  const refuse = (problem: string, fix: string) => refusal(bundle, 'that reads on localhost', problem, fix);
  if (flux === undefined) throw refuse('needs Flux', 'add flux: {}');
  if (props.route !== undefined) throw refuse('has no route through the API server', 'remove route or localhost');
  if (props.readerGeneration !== undefined) throw refuse('has no reader', 'remove readerGeneration');
  if (props.readerDuration !== undefined) throw refuse('has no reader', 'remove readerDuration');
  if (localhost === 'same-node') {
    const server = new AssetsServer(bundle, 'server', { ...assets, namespace, beside: flux });
    return { server, repository: onLocalhost(bundle, server) };
  }
  const other = POD_OPTIONS.find((option) => assets[option] !== undefined);
  if (other !== undefined) throw refuse(`from a sidecar has no assets.${other}`, `remove assets.${other}`);
  return { repository: onLocalhost(bundle, new AssetsSidecar(bundle, 'server', { ...assets, flux })) };
}

function throughApiServer(bundle: Construct, props: BootstrapBundleProps, assets: BundleAssets): ChartSource {
  const { apiServer, namespace, route = (one) => one.podRoute(), readerGeneration } = props;
  const server = new AssetsServer(bundle, 'server', { namespace, ...assets });
  const reader = new AssetsReader(bundle, 'reader', {
    name: `${server.name}-reader`,
    secretName: `${server.name}-tls`,
    route: route(server),
    generation: readerGeneration,
    duration: props.readerDuration ?? props.renewal?.duration,
  });
  const repository: AddOnServer = (id, options) => new AssetsRepository(bundle, id, { ...options, apiServer, reader });
  return { server, reader, repository };
}

function onLocalhost(bundle: Construct, assets: LocalAssets): AddOnServer {
  return (id, options) => new LocalRepository(bundle, id, { ...options, assets });
}

function refusal(bundle: Construct, kind: string, problem: string, fix: string): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_OPTION', `a bundle ${kind} ${problem}: ${bundle.node.path}`, { fix });
}
