/** The versions of Kubernetes whose API server and controller manager can be built, oldest first. */
export const kubernetesVersions = {
  '1.32': 'v1.32.13',
  '1.34': 'v1.34.4',
  '1.36': 'v1.36.4',
  '1.37': 'v1.37.2',
} as const;

export type KubernetesMinor = keyof typeof kubernetesVersions;

export const kubernetesMinors = Object.keys(kubernetesVersions) as KubernetesMinor[];

/** The version of all servers, unless another one is chosen. */
export const standardKubernetes: KubernetesMinor = '1.36';

/** The version that `$EGGTOOTH_KUBERNETES` names. */
export const chosenKubernetes = choose(process.env.EGGTOOTH_KUBERNETES || standardKubernetes);

function choose(name: string): KubernetesMinor {
  const found = kubernetesMinors.find((minor) => minor === name);
  if (found === undefined) {
    throw new Error(`invalid EGGTOOTH_KUBERNETES: ${name}: there are ${kubernetesMinors.join(', ')}`);
  }
  return found;
}
