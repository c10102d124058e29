import type { ReadableRepository } from '../../chain/credentials';
import { printProxyUrl } from '../../chain/proxy-url';
import type { TakenChart } from '../../chain/taken-charts';
import type { Cluster } from '../../cluster/cluster';
import { EggtoothError, quote } from '../../errors';
import { printReference, referenceTo } from '../../kubernetes/kube-object';
import { type ChartIndex, type ChartVersion, newest, readIndex, selectVersion } from './chart-index';
import { type ChartUrl, resolveChartUrl } from './chart-url';
import { type Check, type CheckOutcome, nameOf, runCheck } from './check';
import { IndexFault } from './decode-index';

/** How many charts of an index are read if the bundle takes none from it. */
const MOST_CHARTS = 100;

/** How many faults and how many names a check shows. */
const SHOWN = 5;

/** The first bytes of a gzip archive: in Latin-1, and in UTF-8 from a cluster that ignores {@link ApiCall.start}. */
const GZIP = ['\x1f\x8b', '\x1f\ufffd'];

/** The most that source-controller reads of an index, in bytes (`--helm-index-max-size`). */
const LONGEST_INDEX = 50 << 20;

/** What keeps Flux from a chart. */
interface Fault {
  readonly detail: string;
  readonly fix: string;
}

/** A chart that Flux should be able to pull. */
interface WantedChart {
  readonly name: string;
  readonly chosen: ChartVersion | Fault;
}

const RELATIVE = 'let the index have URLs relative to it: run helm repo index without --url';
const INDEX_FIX = 'serve the index.yaml that helm repo index writes, unchanged';

/**
 * Checks that Flux can read the index of a repository and pull charts from it: each chart that the bundle takes from it, in
 * the version that source-controller would select; the newest version of every chart, at most {@link MOST_CHARTS}, if
 * the bundle takes none. The first bytes of each archive are read.
 *
 * @param server - where it is read
 * @param routes - paths of the API server that the reader may read
 */
export function verifyIndex(
  server: Cluster,
  { object, target, charts = [] }: ReadableRepository,
  routes: readonly string[],
): Promise<Check> {
  const look = async (): Promise<CheckOutcome> => {
    const path = target.route.path(`${target.path}/index.yaml`);
    const purpose = `read the index of ${printReference(referenceTo(object))}`;
    const answer = await server.call({ purpose, method: 'GET', path });
    const index = tryRead(answer);
    if ('detail' in index) return { ok: false, ...index };
    const base = printProxyUrl(target);
    const faults: Fault[] = [];
    for (const chart of wantedCharts(index, charts)) {
      const fault = await faultOf(server, chart, base, routes);
      if (fault !== undefined) faults.push(fault);
    }
    return faults.length === 0 ? { ok: true, detail: `${server.server}${path}` } : summarize(faults);
  };
  return runCheck({ check: 'index', repository: nameOf(object) }, look);
}

function tryRead(answer: unknown): ChartIndex | Fault {
  if (typeof answer === 'string' && Buffer.byteLength(answer) > LONGEST_INDEX) {
    const detail = `the index has more than ${LONGEST_INDEX >> 20} MiB, which source-controller does not read`;
    return { detail, fix: 'remove old versions from it, or set --helm-index-max-size of source-controller' };
  }
  try {
    const index = readIndex(answer);
    if ([...index.values()].some(({ length }) => length > 0)) return index;
    return { detail: 'the index lists no charts', fix: 'run helm repo index in the folder with the chart archives' };
  } catch (error) {
    if (!(error instanceof IndexFault)) throw error;
    return { detail: `the answer is not the index of a chart repository: ${quote(error.message)}`, fix: INDEX_FIX };
  }
}

/** The charts to pull, each of them once. */
function wantedCharts(index: ChartIndex, references: readonly TakenChart[]): readonly WantedChart[] {
  if (references.length === 0) {
    const all = Array.from(index, ([name, versions]) => ({ name, chosen: newest(versions) }));
    return all.flatMap(({ name, chosen }) => (chosen === undefined ? [] : [{ name, chosen }])).slice(0, MOST_CHARTS);
  }
  const wanted = new Map(references.map((one) => [`${one.name} ${one.version}`, one]));
  return Array.from(wanted.values(), (one) => ({ name: one.name, chosen: choose(index, one) }));
}

function choose(index: ChartIndex, { name, version, by }: TakenChart): ChartVersion | Fault {
  const wants = `which ${printReference(by)} takes`;
  const versions = index.get(name) ?? [];
  if (!isChartName(name)) {
    return { detail: `Flux takes no chart named ${quote(name)}, ${wants}`, fix: 'write the name in lower case' };
  }
  if (versions.length === 0) {
    const names = [...index.keys()];
    const problem = index.has(name) ? `has no valid version of chart ${name}` : `has no chart ${name}`;
    return {
      detail: `the index ${problem}, ${wants}; it has ${list(names)}`,
      fix: 'fix the name of the chart in that object, or serve the chart and run helm repo index again',
    };
  }
  const chosen = selectVersion(versions, version);
  if (chosen === 'invalid') {
    return {
      detail: `the version ${quote(version)} of chart ${name}, ${wants}, is not a valid constraint`,
      fix: 'write a version, or a range such as >=1.0.0 <2.0.0',
    };
  }
  if (chosen !== undefined) return chosen;
  return {
    detail: `the index has no version of chart ${name} that matches ${quote(version)}, ${wants}; it has ${list(versions.map((one) => one.version))}`,
    fix: 'fix the version of the chart in that object (prereleases match a range with a prerelease only), or serve that version',
  };
}

/** The names that source-controller accepts. */
function isChartName(name: string): boolean {
  return /^[-a-z0-9](?:[-a-z0-9]|\/\.?(?=[-a-z0-9]|$)|\.(?=[-a-z0-9]|$))*$/.test(name);
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map((name) => quote(name));
  return names.length > SHOWN ? `${shown.join(', ')} and ${names.length - SHOWN} more` : shown.join(', ');
}

async function faultOf(
  server: Cluster,
  { name, chosen }: WantedChart,
  base: string,
  routes: readonly string[],
): Promise<Fault | undefined> {
  if ('detail' in chosen) return chosen;
  const chart = `chart ${quote(name)} ${chosen.version}`;
  const [reference] = chosen.urls;
  if (reference === undefined) return { detail: `${chart} has no URL in the index`, fix: INDEX_FIX };
  const url = resolveChartUrl(base, reference);
  const written = quote(reference);
  if (typeof url === 'string') return { detail: `the URL of ${chart} ${url}: ${written}`, fix: RELATIVE };
  if (url.origin !== new URL(base).origin) {
    return {
      detail: `the URL of ${chart} leads to another host, where Flux would offer the certificate of the reader: ${written}`,
      fix: `${RELATIVE}; if Flux is to read from there, use --unverified, and its status tells whether it can`,
    };
  }
  if (!routes.some((route) => url.path.startsWith(`${route}/`))) {
    return { detail: `the URL of ${chart} leads out of the route, to ${quote(url.path)}: ${written}`, fix: RELATIVE };
  }
  return readArchive(server, chart, url);
}

/** Reads the first bytes of an archive. */
async function readArchive(server: Cluster, chart: string, { path, query }: ChartUrl): Promise<Fault | undefined> {
  const fix = 'serve the archive at that URL, then run helm repo index again';
  try {
    const start = await server.call({ purpose: `read ${chart}`, method: 'GET', path, query, start: 2 });
    if (typeof start === 'string' && GZIP.some((magic) => start.startsWith(magic))) return undefined;
    return { detail: `what ${server.server}${path} serves as ${chart} is not an archive`, fix };
  } catch (error) {
    if (!(error instanceof EggtoothError)) throw error;
    if (error.code !== 'ERR_EGGTOOTH_NOT_FOUND') return { detail: error.problem, fix: error.fix ?? fix };
    return { detail: `the archive of ${chart} does not exist (404): ${server.server}${path}`, fix };
  }
}

function summarize(faults: readonly Fault[]): CheckOutcome {
  const more = faults.length > SHOWN ? `; and ${faults.length - SHOWN} more` : '';
  const shown = faults.slice(0, SHOWN);
  return {
    ok: false,
    detail: `${shown.map(({ detail }) => detail).join('; ')}${more}`,
    fix: [...new Set(shown.map(({ fix }) => fix))].join('; '),
  };
}
