/**
 * What the screen asks of the program behind it. `tauri.ts` answers with the engine, `fake.ts` with
 * made-up data for tests.
 */

import type {
  Backup,
  Company,
  Connection,
  Contents,
  CreateReport,
  JobEvent,
  Plan,
  RestoreReport,
  Review,
} from './shapes';

export type * from './shapes';

/** Something that takes a while. Exactly one end is reported, and `end` settles with it. */
export interface Job<Report> {
  /** The last event: completed, cancelled or failed. Never rejects. */
  readonly end: Promise<Ended<Report>>;
  /** Asks it to stop; the end says whether it did. */
  cancel(): void;
}

export type Ended<Report> = Extract<
  JobEvent<Report>,
  { event: 'completed' | 'cancelled' | 'failed' }
>;

/** Receives what happens before the end. */
export type OnEvent = (event: JobEvent<unknown>) => void;

/** Every call rejects with a {@link WireError}. */
export interface Backend {
  /** Connects, starting the demo database where it is the one in use. */
  connect(): Promise<Connection>;
  companies(): Promise<Company[]>;
  contents(company: string): Promise<Contents>;
  backups(company: string): Promise<Backup[]>;
  review(company: string): Promise<Review | null>;
  create(company: string, label: string | null, on: OnEvent): Job<CreateReport>;
  plan(company: string, archive: string, on: OnEvent): Job<Plan>;
  /** `consent` names the plan that the person said yes to. */
  restore(company: string, archive: string, consent: string, on: OnEvent): Job<RestoreReport>;
  keep(company: string): Promise<void>;
  /** What a revert would do. */
  revertPlan(company: string, on: OnEvent): Job<Plan>;
  /** Without a consent it goes on only where nobody has written since the restore. */
  revert(company: string, consent: string | null, on: OnEvent): Job<RestoreReport>;
  /** Demo only: breaks the company's data the way a bad price import does. */
  damage(company: string): Promise<void>;
}
