import { readonly, ref } from 'vue';

export type ThemeChoice = 'system' | 'light' | 'dark';

const KEY = 'pikoci.theme';
const chosen = document.documentElement.dataset.theme;
const choice = ref<ThemeChoice>(chosen === 'light' || chosen === 'dark' ? chosen : 'system');

/** Read before the first paint by public/theme.js. */
export const themeChoice = readonly(choice);

const NEXT: Readonly<Record<ThemeChoice, ThemeChoice>> = { system: 'light', light: 'dark', dark: 'system' };
export const nextTheme = (): ThemeChoice => NEXT[choice.value];

export function chooseTheme(next: ThemeChoice): void {
  choice.value = next;
  if (next === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    if (next === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch (error) {
    console.warn('pikoci: no storage, so the theme holds for this page only', error);
  }
}
