import { quote } from '../errors';

/** One block of a PEM text (RFC 7468). */
export interface PemBlock {
  readonly label: string;
  /** From BEGIN to END, as in the text; absent if the block is not complete. */
  readonly text?: string;
}

/** A block on lines of its own, or the begin of any other. */
const BLOCK = /^-----BEGIN (?<whole>[^-]*)-----$[^-]+^-----END \k<whole>-----$|-----BEGIN (?<begun>[^-]*)-----/gm;

/** The blocks of a text, in order; the text around them is ignored. */
export function readPem(text: string): readonly PemBlock[] {
  return Array.from(text.matchAll(BLOCK), ({ 0: block, groups: { whole, begun = '' } = {} }) =>
    whole === undefined ? { label: begun } : { label: whole, text: block },
  );
}

const ONE_BLOCK = /^-----BEGIN ([^-]*)-----\n([A-Za-z0-9+/=\n]+)\n-----END \1-----\n?$/;

/**
 * Reads a text that must be one block of a label and nothing else, with line feeds as its line ends.
 * @returns the base64 of the block, or what the text holds instead, fit for a terminal
 */
export function readOnePem(
  label: string,
  text: string,
): { readonly base64: string; readonly found?: never } | { readonly base64?: never; readonly found: string } {
  const [, only, body = ''] = ONE_BLOCK.exec(text) ?? [];
  if (only === label) return { base64: body.replaceAll('\n', '') };
  const labels = readPem(text).map((block) => block.label);
  if (labels.length === 0) return { found: 'no PEM block' };
  if (labels.length === 1 && labels[0] === label) return { found: 'other text or line ends beside it' };
  return { found: quote(labels.join(' and ')) };
}

/** Merges CA bundles: each certificate once, in order; empty if there is none. */
export function mergeCaBundles(bundles: readonly string[]): string {
  return [...new Set(bundles.flatMap(splitCaBundle))].map((block) => `${block}\n`).join('');
}

/** The certificates of a CA bundle, in order. The same certificate is the same text, whatever its lines were. */
export function splitCaBundle(bundle: string): readonly string[] {
  return readPem(bundle).flatMap(({ label, text }) =>
    label === CERTIFICATE && text !== undefined ? printPem(label, derOf(text)).trimEnd() : [],
  );
}

/**
 * Whether two CA bundles hold the same certificates, in any order. Line ends, repetitions and text around the
 * certificates do not matter, but other blocks do.
 */
export function areSameCas(one: string, other: string): boolean {
  if (one === other) return true;
  const [ones, others] = [one, other].map((bundle) => new Set(splitCaBundle(bundle)));
  const isBundle = [one, other].every((bundle) => {
    const blocks = readPem(bundle);
    return blocks.length > 0 && blocks.every(({ label, text }) => label === CERTIFICATE && text !== undefined);
  });
  return isBundle && ones?.size === others?.size && [...(ones ?? [])].every((certificate) => others?.has(certificate));
}

const CERTIFICATE = 'CERTIFICATE';

/** The content of a complete block. */
function derOf(block: string): Buffer {
  return Buffer.from(block.replace(/-----[^-]*-----/g, ''), 'base64');
}

/** One block, in lines of 64 characters. */
export function printPem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
