/** How fast something goes, and what it still takes. */

/** Time over which the speed is taken; shorter and it jumps, longer and it lags. */
const WINDOW_MS = 4_000;
/** Before this time has been seen there is no speed to speak of. */
const FIRST_MS = 500;

interface Sample {
  done: number;
  at: number;
}

/** The speed of the present phase, from its last few seconds. */
export class Pace {
  #phase = '';
  #samples: Sample[] = [];

  /** Notes how much of a phase is done; `at` is in milliseconds of any clock that only goes on. */
  note(phase: string, done: number, at: number): void {
    if (phase !== this.#phase) this.#samples = [];
    this.#phase = phase;
    this.#samples.push({ done, at });
    // The oldest one that stays is as old as the window, so that the speed is that of all of it.
    while ((this.#samples[1]?.at ?? at) <= at - WINDOW_MS) this.#samples.shift();
  }

  /** Null where it cannot be told yet. */
  get perSecond(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at - first.at < FIRST_MS) return null;
    return ((last.done - first.done) / (last.at - first.at)) * 1000;
  }

  /** What is left of a phase of that size; null where it cannot be told. */
  leftMs(total: number): number | null {
    const speed = this.perSecond;
    const done = this.#samples.at(-1)?.done ?? 0;
    return speed === null || speed <= 0 ? null : (Math.max(0, total - done) / speed) * 1000;
  }
}
