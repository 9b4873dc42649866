import type { Backend, SshQuestion, WindowRequest } from '../../lib/backend/backend';
import { isWriting } from '../../lib/keyboard';
import { Preferences } from './preferences.svelte';

/** The window among others on the person's desktop: its theme, its keys, and being closed. */
export class Desktop {
  readonly preferences: Preferences;
  keyboardIsOpen = $state(false);
  /** How many jobs run while the person wants to leave; null while nobody does. */
  leaving = $state<number | null>(null);
  isStopping = $state(false);
  /** What the SSH client wants to know, the oldest first. */
  questions = $state.raw<readonly SshQuestion[]>([]);

  constructor(
    readonly backend: Backend,
    /** Shows an archive that was opened from the desktop. */
    readonly open: (path: string) => void,
    /** Shows the settings. */
    readonly showSettings: () => void,
    /** Looks again which archives there are. */
    readonly lookAgain: () => void,
  ) {
    this.preferences = new Preferences(backend);
  }

  /** Begins to listen; the function that it returns ends that. */
  begin(): () => void {
    void this.preferences.read();
    void this.backend.openedWith().then((path) => {
      if (path !== null) this.open(path);
    });
    return this.backend.onRequest((request) => {
      this.#hear(request);
    });
  }

  /** Has the page look as it is set; without a setting it looks as the desktop does. */
  applyTheme(): void {
    const theme = this.preferences.settings?.theme ?? 'system';
    document.documentElement.dataset['theme'] = theme === 'system' ? '' : theme;
  }

  readonly onkey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.altKey || event.metaKey) return;
    if (event.ctrlKey && event.key === ',') {
      event.preventDefault();
      this.showSettings();
    } else if (event.ctrlKey && event.key === 'q') {
      event.preventDefault();
      this.backend.close();
    } else if (!event.ctrlKey && event.key === '?' && !isWriting(event.target)) {
      event.preventDefault();
      this.keyboardIsOpen = true;
    }
  };

  /** Answers the oldest question; null refuses the answer. */
  async answer(answer: string | null): Promise<void> {
    const [question] = this.questions;
    if (!question) return;
    this.#forget(question.number);
    await this.backend.answerQuestion(question.number, answer);
  }

  stay(): void {
    if (!this.isStopping) this.leaving = null;
  }

  async stopAndQuit(): Promise<void> {
    this.isStopping = true;
    await this.backend.stopAndQuit();
  }

  #hear(request: WindowRequest): void {
    switch (request.request) {
      case 'close':
        this.leaving = request.data;
        break;
      case 'open':
        this.open(request.data);
        break;
      case 'answer':
        this.questions = [...this.questions, request.data];
        break;
      case 'look_again':
        this.lookAgain();
        break;
      case 'withdraw':
        this.#forget(request.data);
        break;
    }
  }

  #forget(number: number): void {
    this.questions = this.questions.filter((question) => question.number !== number);
  }
}
