/** How far {@link up} waits. */
export type Until = 'sources' | 'releases' | 'nodes';

/** Every {@link Until}, in the order of the links. */
export const UNTIL: readonly Until[] = ['sources', 'releases', 'nodes'];

/**
 * Default time limit of {@link up}, in milliseconds. Over 10 Mbit/s, the images of Flux and of a CNI take about 15
 * minutes. One attempt to install the CNI may take as long (its spec.timeout), and is followed by another.
 */
export const UP_TIMEOUT = 30 * 60_000;
