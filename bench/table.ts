import type { Figure, Measurement } from './bench';

/** The part of a measurement that `--json` prints. */
export function toFigure({ name, value, target, unit }: Measurement): Figure {
  return { name, value: Number(value.toFixed(3)), target, unit };
}

/** Prints the measurements as a table, with the commands below each figure. */
export function printTable(measurements: readonly Measurement[]): string {
  const head = ['bench', 'value', 'target', ''];
  const rows = measurements.map(({ name, value, target, unit }) => [
    name,
    `${value.toFixed(2)} ${unit}`,
    `${target} ${unit}`,
    value <= target ? 'ok' : 'MISSED',
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  const lines = measurements.flatMap(({ ours, peer }, index) => [
    line(rows[index] ?? []).trimEnd(),
    `    ours  ${ours}`,
    ...(peer === undefined ? [] : [`    peer  ${peer}`]),
  ]);
  return [line(head).trimEnd(), ...lines].join('\n');
}
