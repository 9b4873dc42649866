/** Everything that has a key of its own, for the list under `?`. */
export interface Shortcut {
  keys: readonly string[];
  what: string;
}

export const shortcuts: readonly { where: string; keys: readonly Shortcut[] }[] = [
  {
    where: 'Everywhere',
    keys: [
      { keys: ['?'], what: 'This list' },
      { keys: ['Ctrl', ','], what: 'Settings' },
      { keys: ['Ctrl', 'Q'], what: 'Close Snapback' },
      { keys: ['Tab'], what: 'To the next control; with Shift to the one before' },
      { keys: ['Enter'], what: 'Press the button that has the focus' },
      { keys: ['Space'], what: 'Press it, or switch a choice on and off' },
      { keys: ['Esc'], what: 'Close a dialog or a list' },
    ],
  },
  {
    where: 'In lists and choices',
    keys: [
      { keys: ['↑', '↓'], what: 'To the one above or below' },
      { keys: ['Home', 'End'], what: 'To the first or the last' },
    ],
  },
  {
    where: 'In the list of backups',
    keys: [
      { keys: ['Enter'], what: 'What is inside' },
      { keys: ['Space'], what: 'Select it; with Shift and arrows several' },
      { keys: ['Ctrl', 'A'], what: 'Select all, or none' },
      { keys: ['F2'], what: 'Rename' },
      { keys: ['Delete'], what: 'Delete; asks first' },
      { keys: ['Shift', 'F10'], what: 'Everything that can be done with it' },
    ],
  },
];

/** Whether keys go into a text that is being written. */
export function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
