/** A backend without a program behind it, for tests of the screen. */

import type {
  Backend,
  Backup,
  Company,
  Contents,
  Counts,
  Ended,
  Job,
  OnEvent,
  Plan,
  Review,
  WireError,
} from './backend';

const companies: Company[] = [
  { id: 'c1', name: 'Müller Präzision GmbH', lastBackupAt: null },
  { id: 'c2', name: 'Müller Service GmbH', lastBackupAt: null },
];
const contents: Contents = {
  rowCount: 447_228,
  areas: [
    {
      name: 'sales',
      title: 'Sales',
      rowCount: 20_118,
      headline: [{ label: 'Customers', rowCount: 412 }],
    },
    { name: 'items', title: 'Items', rowCount: 427_110, headline: [] },
  ],
};
const damaged: Counts = { changed: 1_204, added: 31, removed: 7, same: 445_993 };
const untouched: Counts = { changed: 0, added: 0, removed: 0, same: 447_228 };

export function failure(code: string, message: string, hint = ''): WireError {
  return { code, message, hint, context: {}, retryable: false };
}

export class FakeBackend implements Backend {
  archives: Backup[] = [];
  openReview: Review | null = null;
  isDamaged = false;
  /** Every call with its arguments, in order. */
  readonly calls: string[] = [];
  /** Fails the call of that name. */
  readonly failing = new Map<string, WireError>();
  /** Jobs of that name wait until they are cancelled. */
  readonly waiting = new Set<string>();
  /** Replaces parts of every plan. */
  planned: Partial<Plan> = {};

  #answer<T>(call: string, value: () => T): Promise<T> {
    this.calls.push(call);
    const error = this.failing.get(call.split(' ')[0] ?? '');
    return error ? Promise.reject(error) : Promise.resolve(value());
  }

  #job<Report>(call: string, on: OnEvent, report: () => Report): Job<Report> {
    this.calls.push(call);
    const name = call.split(' ')[0] ?? '';
    let cancel: () => void = () => undefined;
    const end = new Promise<Ended<Report>>((resolve) => {
      on({ event: 'started' });
      on({
        event: 'progress',
        data: { phase: 'reading', done: 278_115, total: 447_228, bytes: 1 },
      });
      cancel = () => {
        resolve({ event: 'cancelled' });
      };
      const error = this.failing.get(name);
      if (error) resolve({ event: 'failed', data: error });
      else if (!this.waiting.has(name)) {
        resolve({ event: 'completed', data: report() });
      }
    });
    return { end, cancel };
  }

  connect = () => this.#answer('connect', () => ({ title: 'Demo', isDemo: true }));
  companies = () => this.#answer('companies', () => companies);
  contents = (company: string) => this.#answer(`contents ${company}`, () => contents);
  backups = (company: string) => this.#answer(`backups ${company}`, () => [...this.archives]);
  review = (company: string) => this.#answer(`review ${company}`, () => this.openReview);
  damage = (company: string) =>
    this.#answer(`damage ${company}`, () => {
      this.isDamaged = true;
    });
  keep = (company: string) =>
    this.#answer(`keep ${company}`, () => {
      this.openReview = null;
    });

  create = (company: string, label: string | null, on: OnEvent) =>
    this.#job(`create ${company} ${label ?? '-'}`, on, () => {
      const archive = `${company}-${String(this.archives.length + 1)}.snapback`;
      this.archives.unshift({
        archive,
        label,
        kind: 'manual',
        madeAt: new Date().toISOString(),
        madeBy: 'Anna Weber',
        rowCount: 447_228,
        byteCount: 67_300_000,
        isComplete: true,
      });
      return { archive, rowCount: 447_228, byteCount: 67_300_000, elapsedMs: 1_240 };
    });

  plan = (company: string, archive: string, on: OnEvent) =>
    this.#job(`plan ${company} ${archive}`, on, () =>
      this.isDamaged ? this.#planned(damaged, true) : this.#planned(untouched, false),
    );

  restore = (company: string, archive: string, consent: string, on: OnEvent) =>
    this.#job(`restore ${company} ${archive} ${consent}`, on, () => {
      this.isDamaged = false;
      this.openReview = {
        archiveLabel: this.archives[0]?.label ?? null,
        restoredAt: new Date().toISOString(),
        restoredBy: 'Anna Weber, PC-ANNA',
        counts: damaged,
      };
      return { counts: damaged, elapsedMs: 900 };
    });

  revertPlan = (company: string, on: OnEvent) =>
    this.#job(`revertPlan ${company}`, on, () => this.#planned(damaged, true));

  revert = (company: string, consent: string | null, on: OnEvent) => {
    if (consent) this.failing.delete('revert');
    return this.#job(`revert ${company} ${consent ?? '-'}`, on, () => {
      this.isDamaged = true;
      this.openReview = null;
      return { counts: damaged, elapsedMs: 900 };
    });
  };

  #planned(totals: Counts, needsName: boolean): Plan {
    return {
      id: 'plan-1',
      verdict: 'ready',
      totals,
      areas: [
        {
          name: 'items',
          title: 'Items',
          counts: totals,
          tables: [{ name: 'itemUnitSalePrice', label: 'Unit sale prices', counts: totals }],
        },
        { name: 'people', title: 'People', counts: { ...untouched, same: 12 }, tables: [] },
      ],
      findings: [],
      needsName,
      ...this.planned,
    };
  }
}
