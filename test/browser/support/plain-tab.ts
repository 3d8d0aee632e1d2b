/**
 * A tab as users have them: it is hidden when another one is in front, and the browser may freeze it. Pages that are driven in
 * the usual way are always in front.
 */
import type { Browser, CDPSession } from 'playwright-core';

interface Answer {
  readonly id: number;
  readonly error?: { readonly message: string };
  readonly result?: {
    readonly result?: { readonly value?: unknown };
    readonly exceptionDetails?: { readonly exception?: { readonly description?: string } };
  };
}

export class PlainTab {
  readonly #browser: CDPSession;
  readonly #targetId: string;
  readonly #sessionId: string;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #next = 0;

  private constructor(browser: CDPSession, targetId: string, sessionId: string) {
    this.#browser = browser;
    this.#targetId = targetId;
    this.#sessionId = sessionId;
    browser.on('Target.receivedMessageFromTarget', (event) => {
      if (event.sessionId !== sessionId) return;
      const answer = JSON.parse(event.message) as Answer;
      this.#waiting.get(answer.id)?.(answer);
    });
  }

  static async open(browser: Browser, url: string): Promise<PlainTab> {
    const session = await browser.newBrowserCDPSession();
    const { targetId } = await session.send('Target.createTarget', { url });
    const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false });
    return new PlainTab(session, targetId, sessionId);
  }

  /** `run` may use nothing but its argument and the page's globals. */
  async evaluate<Arg, Result>(run: (arg: Arg) => Result | Promise<Result>, arg: Arg): Promise<Result> {
    const { result } = await this.#send('Runtime.evaluate', {
      expression: `(${run})(${JSON.stringify(arg)})`,
      awaitPromise: true,
      returnByValue: true,
    });
    const thrown = result?.exceptionDetails;
    if (thrown) throw new Error(thrown.exception?.description ?? 'The page threw.');
    return result?.result?.value as Result;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!(await this.evaluate(condition, null))) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  async bringToFront(): Promise<void> {
    await this.#browser.send('Target.activateTarget', { targetId: this.#targetId });
  }

  /** As browsers do with hidden tabs: its timers and messages stand still. */
  async freeze(): Promise<void> {
    await this.#send('Page.setWebLifecycleState', { state: 'frozen' });
  }

  async thaw(): Promise<void> {
    await this.#send('Page.setWebLifecycleState', { state: 'active' });
  }

  async #send(method: string, params: object): Promise<Answer> {
    const id = this.#next++;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    await this.#browser.send('Target.sendMessageToTarget', {
      sessionId: this.#sessionId,
      message: JSON.stringify({ id, method, params }),
    });
    const answer = await answered;
    this.#waiting.delete(id);
    if (answer.error) throw new Error(answer.error.message);
    return answer;
  }
}
