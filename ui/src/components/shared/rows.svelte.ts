/** Rows that are drawn beyond those in view, so that scrolling shows no gap. */
const SPARE = 12;
/** Lists up to this length are drawn whole. */
const SHORT = 80;
/** The height that is assumed where none can be measured. */
const UNMEASURED = 900;

function scrollerOf(element: Element): Element {
  for (let parent = element.parentElement; parent; parent = parent.parentElement) {
    const { overflowY } = getComputedStyle(parent);
    if (overflowY === 'auto' || overflowY === 'scroll') return parent;
  }
  return document.documentElement;
}

/** Which rows of a long list are in view: those alone are drawn. All rows are of one height. */
export class RowsInView {
  #top = $state(0);
  #height = $state(UNMEASURED);

  /** The first row that is drawn. */
  readonly first = $derived.by(() =>
    this.count() <= SHORT ? 0 : Math.max(0, Math.floor(this.#top / this.rowHeight) - SPARE),
  );
  /** The row after the last that is drawn. */
  readonly end = $derived.by(() => {
    const count = this.count();
    if (count <= SHORT) return count;
    return Math.min(count, Math.ceil((this.#top + this.#height) / this.rowHeight) + SPARE);
  });
  /** Height of what is not drawn above and below. */
  readonly above = $derived.by(() => this.first * this.rowHeight);
  readonly below = $derived.by(() => (this.count() - this.end) * this.rowHeight);

  constructor(
    readonly rowHeight: number,
    private readonly count: () => number,
  ) {}

  /** Watches how far the element that holds the rows is scrolled. */
  readonly watch = (element: Element): (() => void) => {
    const scroller = scrollerOf(element);
    const look = () => {
      const view = scroller.getBoundingClientRect();
      this.#top = Math.max(0, view.top - element.getBoundingClientRect().top);
      this.#height = view.height || UNMEASURED;
    };
    const resized = new ResizeObserver(look);
    resized.observe(scroller);
    scroller.addEventListener('scroll', look, { passive: true });
    look();
    return () => {
      resized.disconnect();
      scroller.removeEventListener('scroll', look);
    };
  };
}
