/** For what has no name any more, and in every list the same. */
export const unnamed = (id: string): string => `…${id.slice(-6)}`;
