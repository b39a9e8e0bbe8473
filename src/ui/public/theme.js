// Before the first paint, so that a chosen theme does not flash up as the system's. A file of its own: the page allows no inline script.
try {
  const chosen = localStorage.getItem('pikoci.theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch (error) {
  console.warn('pikoci: no storage, so the theme is the system’s', error);
}
