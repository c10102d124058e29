/** One value of a metric. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\]|\\\\["\\\\n])*"';
const VALUE = '-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|NaN|[+-]Inf';
const LINE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (${VALUE})$`);

/**
 * Reads Prometheus' text exposition format 0.0.4, strictly, as a textfile collector wants it: HELP and TYPE once and
 * before the samples, the samples of a metric together, no two of them with the same labels, no timestamps, a newline at
 * the end.
 */
export function readExposition(text: string): readonly Sample[] {
  if (!text.endsWith('\n')) throw new Error('no newline at the end');
  const samples: Sample[] = [];
  const described = new Map<string, Set<string>>();
  const seen = new Set<string>();
  let current = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const [, keyword = '', metric = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (keyword !== '') {
      const keywords = described.get(metric) ?? new Set();
      if (keywords.has(keyword) || (metric !== current && keywords.size > 0)) throw new Error(`again: ${line}`);
      if (!new RegExp(`^${NAME}$`).test(metric)) throw new Error(`no name of a metric: ${line}`);
      if (keyword === 'TYPE' && rest !== 'gauge') throw new Error(`not a gauge: ${line}`);
      described.set(metric, keywords.add(keyword));
      current = metric;
      continue;
    }
    const [, name = '', labels = '', value = ''] = LINE.exec(line) ?? [];
    if (name === '') throw new Error(`no sample: ${line}`);
    if (name !== current || described.get(name)?.size !== 2) throw new Error(`not described before: ${line}`);
    const pairs = Array.from(labels.matchAll(new RegExp(LABEL, 'g')), ([pair]) => splitLabel(pair));
    const key = `${name} ${JSON.stringify([...pairs].sort())}`;
    if (seen.has(key)) throw new Error(`twice: ${line}`);
    if (new Set(pairs.map(([label]) => label)).size !== pairs.length) throw new Error(`a label twice: ${line}`);
    seen.add(key);
    samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value) });
  }
  return samples;
}

function splitLabel(pair: string): readonly [label: string, value: string] {
  const at = pair.indexOf('=');
  const value = pair.slice(at + 2, -1).replace(/\\(.)/g, (_, mark: string) => (mark === 'n' ? '\n' : mark));
  return [pair.slice(0, at), value];
}
