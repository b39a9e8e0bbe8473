import { ref, watch } from 'vue';

const KEY = 'pikoci.log';

function read(): { wrap: boolean; times: boolean } {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    const has = (name: string): boolean =>
      typeof kept === 'object' && kept !== null && name in kept && (kept as Record<string, unknown>)[name] === true;
    return { wrap: has('wrap'), times: has('times') };
  } catch (error) {
    console.warn('pikoci: the settings of the log could not be read', error);
    return { wrap: false, times: false };
  }
}

/** How this reader likes logs, on every page and the next time too. */
export const logSettings = ref(read());

watch(
  logSettings,
  (settings) => {
    try {
      localStorage.setItem(KEY, JSON.stringify(settings));
    } catch (error) {
      console.warn('pikoci: no storage, so the settings of the log hold for this page only', error);
    }
  },
  { deep: true },
);
