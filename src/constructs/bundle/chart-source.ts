import type { Construct } from 'constructs';
import { EggtoothError } from '../../errors';
import { AssetsReader } from '../charts/assets-reader';
import { AssetsRepository, type AssetsRepositoryOptions } from '../charts/assets-repository';
import { AssetsServer } from '../charts/assets-server';
import { AssetsSidecar } from '../charts/assets-sidecar';
import { type LocalAssets, LocalRepository } from '../charts/local-repository';
import type { FluxAio } from '../flux-aio/flux-aio';
import type { BootstrapBundleProps } from './bootstrap-bundle-props';

/** A HelmRepository that Flux reads through the API server, or on localhost. */
export type BundledRepository = AssetsRepository | LocalRepository;

/** How Flux gets at the charts of a bundle. */
export interface ChartSource {
  readonly server?: AssetsServer;
  readonly reader?: AssetsReader;
  repository(id: string, options: AssetsRepositoryOptions & { readonly namespace: string }): BundledRepository;
}

/**
 * Makes the server of a bundle, and what Flux needs to read from it.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION` for options that exclude each other
 */
export function chartSourceOf(bundle: Construct, props: BootstrapBundleProps, flux: FluxAio | undefined): ChartSource {
  const { namespace, assets, localhost } = props;
  if (localhost === undefined) return throughApiServer(bundle, props);
  const refuse = (problem: string, fix: string) =>
    new EggtoothError('ERR_EGGTOOTH_OPTION', `the bundle ${bundle.node.id} reads on localhost ${problem}`, { fix });
  if (flux === undefined) throw refuse('and has no Flux to put the charts beside', 'add flux: {}');
  if (props.route !== undefined) throw refuse('and has a route through the API server', 'leave one of them out');
  if (props.readerGeneration !== undefined) throw refuse('and has no reader', 'leave readerGeneration out');
  if (localhost === 'same-node') {
    const server = new AssetsServer(bundle, 'server', { ...assets, namespace, beside: flux });
    return { server, repository: onLocalhost(bundle, server) };
  }
  const { image, port, args, name, ...others } = assets;
  const [other] = Object.keys(others);
  if (other !== undefined) throw refuse(`from a sidecar, which has no ${other}`, `leave assets.${other} out`);
  return { repository: onLocalhost(bundle, new AssetsSidecar(bundle, 'server', { flux, image, port, args, name })) };
}

function throughApiServer(bundle: Construct, props: BootstrapBundleProps): ChartSource {
  const { apiServer, namespace, assets, route = (one) => one.podRoute(), readerGeneration } = props;
  const server = new AssetsServer(bundle, 'server', { namespace, ...assets });
  const reader = new AssetsReader(bundle, 'reader', {
    name: `${server.name}-reader`,
    secretName: `${server.name}-tls`,
    route: route(server),
    generation: readerGeneration,
  });
  const repository: ChartSource['repository'] = (id, options) =>
    new AssetsRepository(bundle, id, { ...options, apiServer, reader });
  return { server, reader, repository };
}

function onLocalhost(bundle: Construct, assets: LocalAssets): ChartSource['repository'] {
  return (id, options) => new LocalRepository(bundle, id, { ...options, assets });
}
