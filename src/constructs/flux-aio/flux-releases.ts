/** A controller of {@link FluxAio}: the name of its container and image. */
export type FluxController =
  | 'source-controller'
  | 'kustomize-controller'
  | 'helm-controller'
  | 'notification-controller'
  | 'source-watcher';

/** A release of Flux that {@link FluxAio} and {@link FluxCrds} support. */
export type FluxVersion = '2.7.3' | '2.8.0' | '2.8.8' | '2.9.5';

/** The image of a controller in a release. */
export interface FluxImage {
  /** Tag of the image, and version of the controller's Go modules. */
  readonly tag: string;
  /** `sha256:...` of the multi-platform image; absent if eggtooth does not have it. */
  readonly digest?: string;
}

/**
 * The supported releases of Flux, with the images of their controllers. The CRDs are generated from the API modules of the
 * same versions.
 */
export const fluxReleases: Readonly<Record<FluxVersion, Readonly<Record<FluxController, FluxImage>>>> = {
  '2.7.3': {
    'source-controller': { tag: 'v1.7.3' },
    'kustomize-controller': { tag: 'v1.7.2' },
    'helm-controller': { tag: 'v1.4.3' },
    'notification-controller': { tag: 'v1.7.4' },
    'source-watcher': { tag: 'v2.0.2' },
  },
  '2.8.0': {
    'source-controller': {
      tag: 'v1.8.0',
      digest: 'sha256:c87d5a6ef18a449f2cbb7108fef0e8e9664cf405938674487e7b8aaef86b12b8',
    },
    'kustomize-controller': {
      tag: 'v1.8.0',
      digest: 'sha256:015fe21c0a788d39fed98664c3f4f7ee6dfc113dabc99748ee9c2d8bdf65bd89',
    },
    'helm-controller': {
      tag: 'v1.5.0',
      digest: 'sha256:02621c382a3ce48775893e92a311d45b1c0cb03e65677515e9c4a074acf1e957',
    },
    'notification-controller': {
      tag: 'v1.8.0',
      digest: 'sha256:f5f7e8023c01617f11e2533d3effb3c82ff73fb57d711b0e27ef9f15edca6cc3',
    },
    'source-watcher': {
      tag: 'v2.1.0',
      digest: 'sha256:7b67c651c20ec838c832b2165fa65efbc109ee7db3306441fba6e8963f6f7bc5',
    },
  },
  '2.8.8': {
    'source-controller': { tag: 'v1.8.5' },
    'kustomize-controller': { tag: 'v1.8.5' },
    'helm-controller': { tag: 'v1.5.5' },
    'notification-controller': { tag: 'v1.8.4' },
    'source-watcher': { tag: 'v2.1.1' },
  },
  '2.9.5': {
    'source-controller': {
      tag: 'v1.9.5',
      digest: 'sha256:6f20d232d596a758c923d2861f23511718fc303b8a2e36a1434a7c736b9f4268',
    },
    'kustomize-controller': {
      tag: 'v1.9.5',
      digest: 'sha256:a3a955eb2bc432c2eaa94d2d3714e3beae7fdf17586fd23aadf71ab597ac3339',
    },
    'helm-controller': {
      tag: 'v1.6.4',
      digest: 'sha256:8ff15409e46d354338045f483d58ca9cb35dffa2f87e4addd1f5eba1e6a9175f',
    },
    'notification-controller': {
      tag: 'v1.9.4',
      digest: 'sha256:840f318265ee26f0d2c48a158bf7896b22aa4e998e320a18646309f0e40b15da',
    },
    'source-watcher': {
      tag: 'v2.2.4',
      digest: 'sha256:86743f5a4cd4ea76b9722eb86222d56e8253e776daa0565ecb186ec68ad1d835',
    },
  },
};

/** The default release. */
export const newestFlux: FluxVersion = '2.9.5';
