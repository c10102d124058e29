/** One measured figure: good where `value <= target`. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly target: number;
  readonly unit: string;
}

/** A figure with what a reader wants to know beside it. */
export interface Measurement extends Figure {
  /** What eggtooth ran, and what it took. */
  readonly ours: string;
  /** What the peer ran, and what it took; absent where the target is absolute. */
  readonly peer?: string;
}

/** Measures one claim of the README, against a peer, in this one run; whatever it says goes to `say`. */
export type Bench = (say: (text: string) => void) => Promise<readonly Measurement[]>;
