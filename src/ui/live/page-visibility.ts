import { readonly, ref } from 'vue';

const GRACE_MS = 30_000;
const awake = ref(true);
let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * False once the page has been out of sight for half a minute. Streams are let go then and resumed where they stopped: a browser has six
 * connections to a server, and ten forgotten tabs must not starve the eleventh.
 */
export const pageAwake = readonly(awake);

document.addEventListener('visibilitychange', () => {
  clearTimeout(timer);
  if (document.hidden) {
    timer = setTimeout(() => {
      awake.value = false;
    }, GRACE_MS);
  } else {
    awake.value = true;
  }
});
