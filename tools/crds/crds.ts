import { parse, stringify } from 'yaml';
import { rawCrds } from './controller-gen';
import { type Schema, withoutDescriptions } from './schema';

/** What the tools read of a CustomResourceDefinition. */
export interface Crd {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

/** YAML 1.1 is what Kubernetes reads: with it, strings such as `yes` and `0755` are quoted. */
const FORMAT = { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false } as const;

/** The CRDs of Flux without descriptions, ordered by name. */
export function fluxCrds(): Crd[] {
  return rawCrds()
    .map((text) => shorten(parse(text, FORMAT)))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** The CRDs as one text of YAML documents. */
export function printCrds(crds: readonly Crd[]): string {
  return crds.map((crd) => `---\n${stringify(crd, FORMAT)}`).join('');
}

function shorten(crd: Crd): Crd {
  const versions = crd.spec.versions.map((version) => ({
    ...version,
    schema: { openAPIV3Schema: withoutDescriptions(version.schema.openAPIV3Schema) },
  }));
  return { ...crd, spec: { ...crd.spec, versions } };
}
