/** Somewhere one can go. */
export interface Place {
  readonly value: string;
  readonly label: string;
  readonly hint: string;
}

/** Those that have every word of what was typed, in any order; first those whose name begins with it, then those of which a word does. */
export function matching(places: readonly Place[], typed: string): readonly Place[] {
  const text = typed.trim().toLowerCase();
  const words = text.split(/\s+/);
  const rank = ({ label }: Place) => {
    const name = label.toLowerCase();
    return name.startsWith(text) ? 0 : name.split(/[\s\-_]+/).some((word) => word.startsWith(text)) ? 1 : 2;
  };
  return places.filter(({ label, hint }) => words.every((word) => `${label} ${hint}`.toLowerCase().includes(word)))
    .sort((one, other) => rank(one) - rank(other));
}

/** Where the receipt is that a pasted request id names; undefined where it is none. */
export function receiptAt(typed: string): string | undefined {
  const [, digits] = /^(?:req_)?([0-9a-f]{32})$/.exec(typed.trim().toLowerCase()) ?? [];
  return digits === undefined ? undefined : `/logs/req_${digits}`;
}
