/**
 * A hint without what is to be typed: hints hold options and commands of the command line in parentheses, and a
 * window has neither.
 */
export function advice(hint: string | undefined): string | null {
  return hint?.replaceAll(/ \([^()]*(?:--|`snapback)[^()]*\)/g, '') ?? null;
}
