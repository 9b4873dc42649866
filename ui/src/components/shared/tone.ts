/** The four meanings that have a colour, a sign and a word of their own, and the one without. */
export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'plain';
