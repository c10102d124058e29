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

const configMap = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  values: {{ .Values | toJson | quote }}
`;

/**
 * Packages charts with the real helm and indexes them with relative URLs.
 *
 * @param folder the folder that will be served
 * @param repositories charts by the path of their repository in the folder, for example `repos/system`
 */
export async function makeCharts(folder: string, repositories: Record<string, readonly Chart[]>): Promise<void> {
  const { helm } = await ensurePrograms(['helm']);
  const sources = mkdtempSync(join(tmpdir(), 'charts-'));
  const env = { ...process.env, HELM_CACHE_HOME: sources, HELM_CONFIG_HOME: sources, HELM_DATA_HOME: sources };
  const run = (...args: string[]) => promisify(execFile)(helm, args, { env });
  try {
    for (const [path, charts] of Object.entries(repositories)) {
      const repository = join(folder, path);
      mkdirSync(repository, { recursive: true });
      for (const chart of charts) {
        await run('package', writeChart(mkdtempSync(join(sources, 'chart-')), chart), '--destination', repository);
      }
      await run('repo', 'index', repository);
    }
  } finally {
    rmSync(sources, { recursive: true, force: true });
  }
}

/** Writes the files of a chart. Helm requires that the folder has the name of the chart. */
function writeChart(parent: string, { name, version = '0.1.0', values = {}, templates }: Chart): string {
  const folder = join(parent, name);
  mkdirSync(join(folder, 'templates'), { recursive: true });
  writeFileSync(join(folder, 'Chart.yaml'), JSON.stringify({ apiVersion: 'v2', name, version }));
  writeFileSync(join(folder, 'values.yaml'), JSON.stringify(values));
  for (const [file, text] of Object.entries(templates ?? { 'configmap.yaml': configMap })) {
    writeFileSync(join(folder, 'templates', file), text);
  }
  return folder;
}
