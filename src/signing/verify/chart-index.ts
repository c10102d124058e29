import { parseJson } from '../../cluster/answers';
import { readYaml } from '../../kubernetes/yaml/read-yaml';
import { YamlFault } from '../../kubernetes/yaml/yaml-fault';
import { decode, IndexFault, type Shape } from './decode-index';
import { compareVersions, parseConstraint, parseVersion } from './version-constraint';

/** A version of a chart in an index. */
export interface ChartVersion {
  readonly version: string;
  readonly urls: readonly string[];
  /** Milliseconds since 1970; of equal versions, the one that was created last is taken. */
  readonly created: number;
}

/** The charts of an index, each with the versions that Helm takes. */
export type ChartIndex = ReadonlyMap<string, readonly ChartVersion[]>;

const TEXTS: Shape = { list: 'string' };
const PERSON: Shape = { fields: { name: 'string', email: 'string', url: 'string' } };
const DEPENDENCY: Shape = {
  fields: {
    name: 'string',
    version: 'string',
    repository: 'string',
    condition: 'string',
    tags: TEXTS,
    enabled: 'boolean',
    'import-values': { list: 'any' },
    alias: 'string',
  },
};

/** The fields of an index that Helm knows. It refuses a YAML index with any other. */
const INDEX: Shape = {
  fields: {
    serverInfo: { values: 'any' },
    apiVersion: 'string',
    generated: 'time',
    publicKeys: TEXTS,
    annotations: { values: 'string' },
    entries: {
      values: {
        list: {
          fields: {
            name: 'string',
            home: 'string',
            sources: TEXTS,
            version: 'string',
            description: 'string',
            keywords: TEXTS,
            maintainers: { list: PERSON },
            icon: 'string',
            apiVersion: 'string',
            condition: 'string',
            tags: 'string',
            appVersion: 'string',
            deprecated: 'boolean',
            annotations: { values: 'string' },
            kubeVersion: 'string',
            dependencies: { list: DEPENDENCY },
            type: 'string',
            urls: TEXTS,
            created: 'time',
            removed: 'boolean',
            digest: 'string',
            checksum: 'string',
            engine: 'string',
            tillerVersion: 'string',
            url: 'string',
          },
        },
      },
    },
  },
};

interface Entry {
  readonly name?: string;
  readonly version?: string;
  readonly type?: string;
  readonly urls?: readonly (string | null)[] | null;
  readonly created?: string;
  readonly maintainers?: readonly unknown[] | null;
  readonly dependencies?: readonly ({ readonly alias?: string } | null)[] | null;
}

/**
 * Reads the index of a chart repository as source-controller does: as JSON if it is JSON, else as YAML with the fields that
 * Helm knows and no others. Versions that Helm does not take are left out.
 *
 * @param answer - its text, or what JSON was parsed to
 * @throws IndexFault if source-controller would not read it
 */
export function readIndex(answer: unknown): ChartIndex {
  if (answer === '') throw new IndexFault('it is empty');
  const json = typeof answer === 'string' ? parseJson(answer) : answer;
  const value = json === undefined ? decode(tryYaml(`${answer}`), INDEX, 'yaml') : decode(json, INDEX, 'json');
  const { apiVersion, entries } = (value ?? {}) as {
    readonly apiVersion?: string;
    readonly entries?: Readonly<Record<string, readonly (Entry | null)[] | null>> | null;
  };
  if (!apiVersion) throw new IndexFault('it has no apiVersion');
  return new Map(
    Object.entries(entries ?? {}).map(([name, versions]) => [
      name,
      (versions ?? []).flatMap((entry) => (entry !== null && isTaken(entry) ? [versionOf(entry)] : [])),
    ]),
  );
}

function tryYaml(text: string): unknown {
  try {
    // Go skips a byte order mark.
    return readYaml(text.replace(/^\ufeff/, ''));
  } catch (error) {
    if (error instanceof YamlFault) throw new IndexFault(error.reason);
    throw error;
  }
}

/** What Helm requires of the metadata of a chart. */
function isTaken({ name = '', version = '', type = '', maintainers, dependencies }: Entry): boolean {
  const isNamed = name !== '' && name !== '.' && name !== '..' && !name.includes('/');
  const isKind = ['', 'application', 'library'].includes(type);
  const isComplete = [...(maintainers ?? []), ...(dependencies ?? [])].every((one) => one !== null);
  const areAliases = (dependencies ?? []).every((one) => /^[a-zA-Z0-9_-]*$/.test(one?.alias ?? ''));
  return isNamed && isKind && isComplete && areAliases && parseVersion(version) !== undefined;
}

function versionOf({ version = '', urls, created }: Entry): ChartVersion {
  return {
    version,
    urls: (urls ?? []).map((url) => url ?? ''),
    created: created === undefined ? Number.NEGATIVE_INFINITY : Date.parse(created),
  };
}

/**
 * Selects the version of a chart that source-controller downloads: the one that is written exactly so, else the newest
 * that matches.
 *
 * @param constraint - spec.version of the HelmChart
 * @returns `undefined` if none matches; `invalid` if the constraint is
 */
export function selectVersion(
  versions: readonly ChartVersion[],
  constraint: string,
): ChartVersion | 'invalid' | undefined {
  const exact = constraint === '' ? undefined : newest(versions.filter(({ version }) => version === constraint));
  if (exact !== undefined) return exact;
  const matches = parseConstraint(constraint === '' ? '*' : constraint);
  if (matches === undefined) return 'invalid';
  return newest(
    versions.filter(({ version }) => {
      // Flux leaves out versions with fewer parts, such as 1.2.
      const parsed = version.split('.').length < 3 ? undefined : parseVersion(version);
      return parsed !== undefined && matches(parsed);
    }),
  );
}

/** The newest of some versions, prereleases included. */
export function newest(versions: readonly ChartVersion[]): ChartVersion | undefined {
  return [...versions].sort(byAge).at(-1);
}

function byAge(one: ChartVersion, other: ChartVersion): number {
  const [a, b] = [parseVersion(one.version), parseVersion(other.version)];
  const order = a === undefined || b === undefined ? 0 : compareVersions(a, b);
  return order === 0 && one.created !== other.created ? Math.sign(one.created - other.created) : order;
}
