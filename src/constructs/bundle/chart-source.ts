import type { Construct } from 'constructs';
import { EggtoothError } from '../../errors';
import { AssetsReader } from '../charts/assets-reader';
import { AssetsRepository, type AssetsRepositoryOptions } from '../charts/assets-repository';
import { AssetsServer } from '../charts/assets-server';
import { AssetsSidecar } from '../charts/assets-sidecar';
import { type LocalAssets, LocalRepository } from '../charts/local-repository';
import type { FluxAio } from '../flux-aio/flux-aio';
import type { BootstrapBundleProps } from './bootstrap-bundle-props';

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

/** A HelmRepository that Flux reads through the API server, or on localhost. */
export type BundledRepository = AssetsRepository | LocalRepository;

/** How Flux reads the charts of a bundle. */
export interface ChartSource {
  /** The server, unless it is a sidecar of Flux. */
  readonly server?: AssetsServer;
  /** The reader, if Flux reads through the API server. */
  readonly reader?: AssetsReader;
  /** Adds a HelmRepository to the bundle. */
  repository(id: string, options: AssetsRepositoryOptions & { readonly namespace: string }): BundledRepository;
}

/**
 * Adds the server of a bundle, and what Flux needs to read from it.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if options exclude each other
 */
export function chartSourceOf(bundle: Construct, props: BootstrapBundleProps, flux: FluxAio | undefined): ChartSource {
  const { namespace, assets, localhost } = props;
  if (localhost === undefined) return throughApiServer(bundle, props);
  const refuse = (problem: string, fix: string) =>
    new EggtoothError('ERR_EGGTOOTH_OPTION', `a bundle that reads on localhost ${problem}: ${bundle.node.path}`, {
      fix,
    });
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

function throughApiServer(bundle: Construct, props: BootstrapBundleProps): ChartSource {
  const { apiServer, namespace, assets, route = (one) => one.podRoute(), readerGeneration } = props;
  const server = new AssetsServer(bundle, 'server', { namespace, ...assets });
  const reader = new AssetsReader(bundle, 'reader', {
    name: `${server.name}-reader`,
    secretName: `${server.name}-tls`,
    route: route(server),
    generation: readerGeneration,
    duration: props.readerDuration ?? props.renewal?.duration,
  });
  const repository: ChartSource['repository'] = (id, options) =>
    new AssetsRepository(bundle, id, { ...options, apiServer, reader });
  return { server, reader, repository };
}

function onLocalhost(bundle: Construct, assets: LocalAssets): ChartSource['repository'] {
  return (id, options) => new LocalRepository(bundle, id, { ...options, assets });
}
