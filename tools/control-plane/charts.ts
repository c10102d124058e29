import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensurePrograms } from './ensure-programs';

/** A chart. By default its template is one ConfigMap with the name of the release. */
export interface Chart {
  readonly name: string;
  /** @default '0.1.0' */
  readonly version?: string;
  /** The content of values.yaml, which the ConfigMap shows. @default {} */
  readonly values?: Readonly<Record<string, string>>;
  /** Templates by file name. */
  readonly templates?: Readonly<Record<string, string>>;
}

const DEFAULT_VERSION = '0.1.0';

const configMap = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  values: {{ .Values | toJson | quote }}
`;

/**
 * Packages charts with the real helm and indexes them.
 *
 * @param folder the folder that will be served
 * @param repositories charts by the path of their repository in the folder, for example `repos/system`
 * @param url the URL of the charts in the index; by default they are relative to it
 */
export async function makeCharts(
  folder: string,
  repositories: Record<string, readonly Chart[]>,
  url?: string,
): Promise<void> {
  await withHelm(async ({ helm, packageChart }) => {
    for (const [path, charts] of Object.entries(repositories)) {
      const repository = join(folder, path);
      mkdirSync(repository, { recursive: true });
      for (const chart of charts) {
        await packageChart(chart, repository);
      }
      await helm('repo', 'index', repository, ...(url === undefined ? [] : ['--url', url]));
    }
  });
}

/**
 * Packages a chart and pushes it to a registry with the real helm, over plain HTTP.
 *
 * @param parent the repository without the name of the chart, for example `HOST:PORT/charts`
 * @returns `PARENT/NAME@DIGEST`
 */
export async function pushChart(parent: string, chart: Chart): Promise<string> {
  return withHelm(async ({ helm, packageChart, folder }) => {
    const { stdout, stderr } = await helm('push', await packageChart(chart, folder), `oci://${parent}`, '--plain-http');
    const [, digest] = /^Digest: (sha256:\w+)$/m.exec(stdout + stderr) ?? [];
    if (digest === undefined) throw new Error(`helm push printed no digest:\n${stdout}${stderr}`);
    return `${parent}/${chart.name}@${digest}`;
  });
}

interface Helm {
  helm(...args: string[]): Promise<{ readonly stdout: string; readonly stderr: string }>;
  /** Returns the path of the package. */
  packageChart(chart: Chart, destination: string): Promise<string>;
  /** A folder that is removed afterwards. */
  readonly folder: string;
}

async function withHelm<Result>(run: (helm: Helm) => Promise<Result>): Promise<Result> {
  const programs = await ensurePrograms(['helm']);
  const folder = mkdtempSync(join(tmpdir(), 'charts-'));
  const env = { ...process.env, HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder };
  const helm: Helm['helm'] = (...args) => promisify(execFile)(programs.helm, args, { env });
  const packageChart: Helm['packageChart'] = async (chart, destination) => {
    const source = writeChart(mkdtempSync(join(folder, 'chart-')), chart);
    await helm('package', source, '--destination', destination);
    return join(destination, `${chart.name}-${chart.version ?? DEFAULT_VERSION}.tgz`);
  };
  try {
    return await run({ helm, packageChart, folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes the files of a chart. Helm requires that the folder has the name of the chart. */
function writeChart(parent: string, chart: Chart): string {
  const { name, version = DEFAULT_VERSION, values = {}, templates } = chart;
  const folder = join(parent, name);
  mkdirSync(join(folder, 'templates'), { recursive: true });
  writeFileSync(join(folder, 'Chart.yaml'), JSON.stringify({ apiVersion: 'v2', name, version }));
  writeFileSync(join(folder, 'values.yaml'), JSON.stringify(values));
  for (const [file, text] of Object.entries(templates ?? { 'configmap.yaml': configMap })) {
    writeFileSync(join(folder, 'templates', file), text);
  }
  return folder;
}
