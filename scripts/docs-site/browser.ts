/** What runs on the pages of the documentation: the search, and where one is. */
import { type Found, type Section, searchSections } from './search.ts';

const input = document.querySelector<HTMLInputElement>('#search');
const list = document.querySelector<HTMLOListElement>('#found');
const contents = document.querySelector<HTMLDetailsElement>('#contents');

if (contents !== null) contents.open = matchMedia('(min-width: 900px)').matches;
contents?.querySelector('[aria-current]')?.scrollIntoView({ block: 'center' });

let loading: Promise<readonly Section[]> | undefined;

/** Fetched when somebody means to search. */
function sections(): Promise<readonly Section[]> {
  loading ??= fetch('/docs/search.json').then((answer) => answer.json() as Promise<readonly Section[]>);
  return loading;
}

if (input !== null && list !== null) {
  const show = async (): Promise<void> => {
    const query = input.value;
    const found = query.trim() === '' ? [] : searchSections(await sections(), query);
    // Somebody typed on meanwhile.
    if (query !== input.value) return;
    list.replaceChildren(...(found.length === 0 && query.trim() !== '' ? [nothing()] : found.map(option)));
    list.hidden = query.trim() === '';
    input.setAttribute('aria-expanded', String(!list.hidden));
    choose(0);
  };
  const options = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>('[role=option]')];
  const chosen = (): number => options().findIndex((each) => each.ariaSelected === 'true');
  const choose = (at: number): void => {
    options().forEach((each, index) => {
      each.ariaSelected = String(index === at);
      if (index === at) {
        each.scrollIntoView({ block: 'nearest' });
        input.setAttribute('aria-activedescendant', each.id);
      }
    });
  };
  const close = (): void => {
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  input.addEventListener('focus', () => void sections());
  input.addEventListener('input', () => void show());
  input.addEventListener('keydown', (event) => {
    const count = options().length;
    if (event.key === 'ArrowDown') choose(Math.min(chosen() + 1, count - 1));
    else if (event.key === 'ArrowUp') choose(Math.max(chosen() - 1, 0));
    else if (event.key === 'Enter') options()[chosen()]?.querySelector('a')?.click();
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
  });
  list.addEventListener('click', close);
  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Node) || input.parentElement?.contains(event.target) !== true) close();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.target instanceof HTMLInputElement || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    input.focus();
  });
}

function nothing(): HTMLElement {
  const item = document.createElement('li');
  item.className = 'none';
  item.textContent = 'Nothing has all these words.';
  return item;
}

function option({ section, excerpt, marks }: Found, index: number): HTMLElement {
  const item = document.createElement('li');
  item.setAttribute('role', 'option');
  item.id = `found-${index}`;
  const link = document.createElement('a');
  link.href = section.address;
  link.tabIndex = -1;
  const where = document.createElement('span');
  where.className = 'where';
  where.textContent = section.heading === section.page ? section.page : `${section.page} › ${section.heading}`;
  const words = document.createElement('span');
  words.className = 'excerpt';
  let at = 0;
  for (const [from, to] of marks) {
    if (from < at) continue;
    const mark = document.createElement('mark');
    mark.textContent = excerpt.slice(from, to);
    words.append(excerpt.slice(at, from), mark);
    at = to;
  }
  words.append(excerpt.slice(at));
  link.append(where, words);
  item.append(link);
  return item;
}
