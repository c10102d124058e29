import type { ReaderStatus, SecretStatus } from './status';

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | undefined;
}

/** Options of {@link statusMetrics}. */
export interface StatusMetricsOptions {
  /**
   * When the status was read.
   * @default - now, by the clock of this machine
   */
  readonly now?: Date;
}

/**
 * Prints a status in the text exposition format 0.0.4 of Prometheus, for the textfile collector. All metrics are gauges;
 * times are in Unix seconds.
 *
 * @example
 * ```ts
 * writeFileSync('eggtooth.prom', statusMetrics(await status(cluster, chain)));
 * ```
 */
export function statusMetrics(
  readers: readonly ReaderStatus[],
  { now = new Date() }: StatusMetricsOptions = {},
): string {
  const ofSecrets = (value: (secret: SecretStatus) => number | undefined): readonly Sample[] =>
    readers.flatMap(({ user, secrets }) =>
      secrets.map((secret) => ({
        labels: { user, namespace: secret.namespace, secret: secret.name },
        value: value(secret),
      })),
    );
  return [
    metric(
      'eggtooth_certificate_good',
      'Whether the Secret holds a valid certificate and the current CA.',
      ofSecrets(({ problem }) => Number(problem === undefined)),
    ),
    metric(
      'eggtooth_certificate_due',
      'Whether the certificate is due for renewal.',
      ofSecrets(({ due }) => (due === undefined ? undefined : Number(due))),
    ),
    metric(
      'eggtooth_certificate_generation',
      'Generation of the user that the certificate names.',
      ofSecrets(({ generation }) => generation),
    ),
    metric(
      'eggtooth_certificate_not_before_timestamp_seconds',
      'When the certificate becomes valid.',
      ofSecrets(({ notBefore }) => seconds(notBefore)),
    ),
    metric(
      'eggtooth_certificate_not_after_timestamp_seconds',
      'When the certificate expires.',
      ofSecrets(({ notAfter }) => seconds(notAfter)),
    ),
    metric(
      'eggtooth_certificate_renewal_timestamp_seconds',
      'When the certificate is due for renewal.',
      ofSecrets(({ renewAt }) => seconds(renewAt)),
    ),
    metric(
      'eggtooth_reader_generation',
      'Generation of the user that the bundle names.',
      readers.map(({ user, generation }) => ({ labels: { user }, value: generation })),
    ),
    metric(
      'eggtooth_reader_problems',
      'Number of problems that keep Flux from reading, now or soon.',
      readers.map(({ user, problems }) => ({ labels: { user }, value: problems.length })),
    ),
    metric('eggtooth_status_timestamp_seconds', 'When the status was read.', [
      { labels: {}, value: seconds(now.toISOString()) },
    ]),
  ].join('');
}

function metric(name: string, help: string, samples: readonly Sample[]): string {
  const lines = samples
    .filter(({ value }) => value !== undefined)
    .map(({ labels, value }) => `${name}${printLabels(labels)} ${value}\n`);
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`;
}

function printLabels(labels: Readonly<Record<string, string>>): string {
  const escaped = (value: string) => value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function seconds(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Math.floor(Date.parse(time) / 1000);
}
