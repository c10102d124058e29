import { writeFileSync } from 'node:fs';
import { App, type Duration, Testing, Yaml } from 'cdk8s';
import {
  ApiServer,
  type AssetsServer,
  BootstrapBundle,
  type CertificateRenewalOptions,
  type ProxyRoute,
} from '../../../src';
import type { KubeObject } from '../../../src/kubernetes/kube-object';

/** Options of {@link bundleObjects}. */
export interface BundleOptions {
  readonly url: string;
  readonly certificateAuthority?: string;
  /** Namespaces of the two HelmRepositories. */
  readonly namespaces?: readonly [string, string];
  readonly name?: string;
  readonly port?: number;
  readonly route?: (server: AssetsServer) => ProxyRoute;
  /** Generation of the reader. */
  readonly readerGeneration?: number;
  /** Duration of the reader's certificate. */
  readonly readerDuration?: Duration;
  /** Interval of the repositories. */
  readonly interval?: string;
  readonly renewal?: CertificateRenewalOptions;
}

/** The objects of a bundle with two HelmRepositories, `system` and `apps`. */
export function bundleObjects(options: BundleOptions): readonly KubeObject[] {
  const {
    url,
    certificateAuthority,
    namespaces: [first, second] = ['eggtooth-system', 'eggtooth-shop'],
    name = 'assets',
    port = 8123,
    route,
    readerGeneration,
    readerDuration,
    interval = '1h',
    renewal,
  } = options;
  const bundle = new BootstrapBundle(new App(), 'bundle', {
    apiServer: ApiServer.fromUrl(url, { certificateAuthority }),
    namespace: first,
    assets: { name, image: 'registry.example/assets:1', port },
    route,
    readerGeneration,
    readerDuration,
    renewal,
    repositories: [
      { name: 'system', path: '/repos/system', interval },
      { name: 'apps', namespace: second, path: '/repos/apps', interval },
    ],
  });
  return Testing.synth(bundle);
}

/** Writes objects to a file for the command line. */
export function writeBundle(file: string, objects: readonly object[]): string {
  writeFileSync(file, Yaml.stringify(...objects));
  return file;
}
