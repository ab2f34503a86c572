import './ui/shell.css';
import './ui/error-view.css';
import { notLoaded as text } from './text/not-loaded.ts';

/**
 * In place of a screen whose code did not come. Made by hand: what makes the screens is missing too.
 * @param again resolves, if ever, with the page gone; rejects where another try would end the same way
 */
export function showNotLoaded(root: HTMLElement, again: () => Promise<void>): void {
  const status = element('p', 'soft', '');
  status.setAttribute('role', 'status');
  const retry = element('button', 'button button--main', text.tryAgain);
  retry.addEventListener('click', () => {
    status.textContent = '';
    again().catch(() => {
      status.textContent = text.stillNot;
    });
  });
  const error = element('div', 'error error--page');
  error.setAttribute('role', 'alert');
  const foot = element('div', 'error__foot');
  foot.append(retry, status);
  error.append(
    element('h1', 'error__title', text.title),
    element('p', 'error__means', text.means),
    element('p', 'error__next', text.next),
    foot,
  );
  const main = element('main', 'shell__main');
  main.append(error);
  const shell = element('div', 'shell shell--narrow');
  shell.append(main);
  root.replaceChildren(shell);
}

function element(name: string, classes: string, text = ''): HTMLElement {
  const made = document.createElement(name);
  made.className = classes;
  made.textContent = text;
  return made;
}
