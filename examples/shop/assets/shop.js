/** Shows an order anew when its payment went on. Without this script the page looks for itself. */
const told = document.querySelector('[data-events]');

if (told instanceof HTMLElement && told.dataset.events) {
  const { events, news } = told.dataset;
  const source = new EventSource(events);
  source.addEventListener('state', ({ data }) => {
    if (data === '' || data === news) return;
    source.close();
    location.reload();
  });
}
