/** One measured figure. It meets its target if `value <= target`. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly target: number;
  readonly unit: string;
}

/** A figure and how it was measured. */
export interface Measurement extends Figure {
  /** The command of eggtooth and its time. */
  readonly ours: string;
  /** The command of the peer and its time; absent if the target is absolute. */
  readonly peer?: string;
}

/** Measures one claim of the README against a peer, both in the same run. Progress is reported to `say`. */
export type Bench = (say: (text: string) => void) => Promise<readonly Measurement[]>;
