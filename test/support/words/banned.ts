/** Words that a reader of the field would not expect, and what to write in their place. */
export interface Banned {
  readonly words: readonly string[];
  readonly write: string;
  /** Terms of the field that hold one of the words. */
  readonly except?: readonly string[];
}

export const banned: readonly Banned[] = [
  { words: ['nudge', 'nudges', 'nudged', 'nudging'], write: 'reconcile request, or: request a reconciliation' },
  { words: ['cure', 'cures', 'cured', 'curing'], write: 'fix' },
  { words: ['hatch', 'hatches', 'hatched', 'hatching'], write: 'bootstrap', except: ['escape hatch'] },
  { words: ['road', 'roads'], write: 'chart source' },
  { words: ['renewer', 'renewers'], write: 'renewal job' },
  { words: ['life'], write: 'duration', except: ['end of life'] },
  {
    words: ['proof', 'proofs', 'prove', 'proves', 'proved', 'proven', 'proving', 'unproven'],
    write: 'check or verify',
    except: ['proof of possession'],
  },
  { words: ['doomed'], write: 'to delete' },
  { words: ['remains of'], write: 'leftovers' },
  { words: ['standing'], write: 'current' },
  { words: ['tidy', 'tidies', 'tidied'], write: 'delete', except: ['go mod tidy'] },
  { words: ['anew'], write: 'again, or: recreated' },
  { words: ['for ever', 'forever'], write: 'indefinitely' },
  { words: ['to the letter'], write: 'exactly' },
  { words: ['gone on with', 'goes on with', 'go on with'], write: 'reused, or: continues with' },
  { words: ['says so', 'said so'], write: 'report this' },
  { words: ['the word of Flux', "Flux's word"], write: "Flux's status" },
  { words: ['mend', 'mends', 'mended', 'mending'], write: 'fix, or: complete' },
  { words: ['reasons that pass', 'fault that passes', 'faults that pass'], write: 'transient failures' },
  { words: ['that was cut off', 'that were cut off', 'that broke off'], write: 'interrupted' },
  { words: ['asks for nothing'], write: 'needs no configuration' },
  { words: ["Flux'"], write: "Flux's", except: ["'flux'"] },
  { words: ['behaviour'], write: 'behavior' },
  { words: ['colour', 'colours'], write: 'color' },
  { words: ['licence', 'licences'], write: 'license' },
  { words: ['artefact', 'artefacts'], write: 'artifact' },
  { words: ['whilst'], write: 'while' },
];
