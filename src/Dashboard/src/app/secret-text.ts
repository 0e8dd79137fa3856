/** Typed into the wrong field: what looks like a key stands in no address and is asked of nobody. */
export const looksSecret = (text: string): boolean => /(?:^|[^A-Za-z0-9])(?:k[mp]_|sk[-_]|gsk_|xai-|hf_|AIza|AKIA)[\w-]{8}/.test(text);
