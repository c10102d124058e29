import type { ReaderStatus, SecretStatus } from './status';

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | undefined;
}

/** The status in Prometheus' text exposition format 0.0.4, for a textfile collector: gauges, times as Unix seconds. */
export function statusMetrics(readers: readonly ReaderStatus[], at: Date): string {
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
      'Whether the Secret holds what the bundle asks for.',
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
      'When the certificate begins.',
      ofSecrets(({ notBefore }) => seconds(notBefore)),
    ),
    metric(
      'eggtooth_certificate_not_after_timestamp_seconds',
      'When the certificate ends.',
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
      'How much keeps Flux from reading, or soon will.',
      readers.map(({ user, problems }) => ({ labels: { user }, value: problems.length })),
    ),
    metric('eggtooth_status_timestamp_seconds', 'When this was found out.', [
      { labels: {}, value: seconds(at.toISOString()) },
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
