import { onScopeDispose } from 'vue';

/** Whether what is typed belongs to a field. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Calls back when a key is pressed anywhere on the page, but not while somebody writes, nor together with Ctrl, Alt or Meta. */
export function useKey(key: string, action: () => void): void {
  const listen = (event: KeyboardEvent): void => {
    if (event.key !== key || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    event.preventDefault();
    action();
  };
  document.addEventListener('keydown', listen);
  onScopeDispose(() => document.removeEventListener('keydown', listen));
}
