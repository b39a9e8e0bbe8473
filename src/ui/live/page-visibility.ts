import { readonly, ref } from 'vue';
import { sharesConnection } from './streams.ts';

const GRACE_MS = 30_000;
const awake = ref(true);
let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * False while nobody can see the page. Its streams are let go then, and resumed where they stopped when it is shown again. A page out of sight has
 * half a minute, so that a look elsewhere costs nothing; but none where its streams take connections from the other pages (a browser
 * has six to a server), and none when the page is left, for the browser may keep it as it is, connections and all, to come back to.
 */
export const pageAwake = readonly(awake);

function sleep(): void {
  clearTimeout(timer);
  awake.value = false;
}

function look(): void {
  clearTimeout(timer);
  if (!document.hidden) awake.value = true;
  else if (sharesConnection()) timer = setTimeout(sleep, GRACE_MS);
  else sleep();
}

document.addEventListener('visibilitychange', look);
addEventListener('pagehide', sleep);
addEventListener('pageshow', look);
look();
