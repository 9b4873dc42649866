// Generated from src-tauri/wire by `make types`. Do not edit.

/**
 * What a job tells while it runs. The first is `started`; the last, exactly once, is one of
 * `completed`, `cancelled` and `failed`.
 */
export type JobEvent<Report> = { "event": "started" } | { "event": "progress", "data": Progress } | { "event": "warning", "data": Warning } | { "event": "completed", "data": Report } | { "event": "cancelled" } | { "event": "failed", "data": WireError };

/**
 * How far a phase is.
 */
export type Progress = { 
/**
 * What is being done, in a word or two.
 */
phase: string, 
/**
 * Rows done in this phase.
 */
done: number, 
/**
 * Rows there are in this phase; `null` where that is not known.
 */
total: number | null, 
/**
 * Bytes of COPY text done in this phase.
 */
bytes: number, };

/**
 * Something that a person should know though the job goes on.
 */
export type Warning = { 
/**
 * A stable word for programs.
 */
code: string, 
/**
 * One sentence for a person.
 */
message: string, };

/**
 * A failure. Holds no row values, passwords or connection strings.
 */
export type WireError = { 
/**
 * The code, in snake case: what programs and the UI branch on.
 */
code: string, 
/**
 * One sentence for a person.
 */
message: string, 
/**
 * What the person can do about it.
 */
hint?: string, 
/**
 * What varies, by key.
 */
context: { [key in string]: string }, 
/**
 * What lay under it, outermost first.
 */
causes?: Array<string>, 
/**
 * Whether the same call may succeed when it is made again later.
 */
retryable: boolean, };

