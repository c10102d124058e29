import type { Construct } from 'constructs';
import { EggtoothError } from '../../errors';
import { helmRepositoryGvk, ociRepositoryGvk } from '../../kubernetes/flux';
import type { AssetsRepository, AssetsRepositoryOptions } from '../charts/assets-repository';
import type { LocalRepository } from '../charts/local-repository';
import { OciChart, type OciChartOptions } from '../charts/oci-chart';
import { UpstreamRepository, type UpstreamRepositoryOptions } from '../charts/upstream-repository';
import type { BundleRepository } from './bootstrap-bundle-props';

/** A HelmRepository that Flux reads through the API server, on localhost or upstream, or a chart in a registry. */
export type BundledRepository = AssetsRepository | LocalRepository | UpstreamRepository | OciChart;

type InNamespace<Options> = Options & { readonly namespace: string };

/** Adds a HelmRepository on the assets server of a bundle. */
export type AddOnServer = (
  id: string,
  options: InNamespace<AssetsRepositoryOptions>,
) => AssetsRepository | LocalRepository;

const COMMON = { name: true, namespace: true, labels: true, interval: true, timeout: true } as const;
const CREDENTIALS = { url: true, secretRef: true, certSecretRef: true } as const;

/** The options of each kind of source. TypeScript accepts those of one kind in another one, since they are a union. */
const OPTIONS: {
  readonly server: Fields<AssetsRepositoryOptions>;
  readonly upstream: Fields<UpstreamRepositoryOptions>;
  readonly registry: Fields<OciChartOptions>;
} = {
  server: { ...COMMON, path: true },
  upstream: { ...COMMON, ...CREDENTIALS, passCredentials: true },
  registry: {
    ...COMMON,
    ...CREDENTIALS,
    version: true,
    verify: true,
    proxySecretRef: true,
    provider: true,
    serviceAccountName: true,
    insecure: true,
  },
};

type Fields<Options> = Readonly<Record<keyof InNamespace<Options>, true>>;

const KINDS = {
  server: 'a repository on the assets server',
  upstream: 'a repository with an https:// URL',
  registry: 'a chart with an oci:// URL',
} as const;

/** Whether a repository is on the assets server of its bundle. */
export function isOnServer({ path }: BundleRepository): boolean {
  return path !== undefined;
}

/**
 * Adds a source of charts to a bundle.
 * @param addOnServer - `undefined` if the bundle has no assets server
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if it has neither path nor url, or both, a path without a server, or an option
 * of another kind of source
 */
export function addRepository(
  bundle: Construct,
  id: string,
  options: InNamespace<BundleRepository>,
  addOnServer: AddOnServer | undefined,
): BundledRepository {
  const { namespace, name, path, url } = options;
  const kind = path !== undefined ? 'server' : /^oci:/i.test(String(url)) ? 'registry' : 'upstream';
  const gvk = kind === 'registry' ? ociRepositoryGvk : helmRepositoryGvk;
  const refuse = (problem: string, fix: string) =>
    new EggtoothError('ERR_EGGTOOTH_OPTION', problem, { fix, object: { ...gvk, namespace, name } });
  const either = 'set path for a repository on the assets server, url for any other, as in https://helm.cilium.io';
  if (path === undefined && url === undefined) throw refuse('neither path nor url is set', either);
  if (path !== undefined && url !== undefined) throw refuse('both path and url are set', either);
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined || Object.hasOwn(OPTIONS[kind], option)) continue;
    const fix = `remove it; the options are ${Object.keys(OPTIONS[kind]).join(', ')}`;
    throw refuse(`${KINDS[kind]} has no option ${JSON.stringify(option)}`, fix);
  }
  // Their options are those of the kind, which each of them checks.
  if (kind === 'upstream') return new UpstreamRepository(bundle, id, options as InNamespace<UpstreamRepositoryOptions>);
  if (kind === 'registry') return new OciChart(bundle, id, options as InNamespace<OciChartOptions>);
  if (addOnServer !== undefined) return addOnServer(id, options as InNamespace<AssetsRepositoryOptions>);
  throw refuse('has a path, and the bundle has no assets server', 'set assets, or url in place of path');
}
